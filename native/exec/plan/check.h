#pragma once
/// \file Checks that the numbers of a layer refer only to elements of its chunks, to entries of its tables, and to
/// elements of the result. The executor computes addresses from these numbers without checking them again.
#include <cstdint>

#include "native/base/result.h"
#include "native/exec/plan/plan.h"

namespace posixpar {

/// 2^53 - 1, JavaScript's MAX_SAFE_INTEGER. A double represents all integers up to this one exactly.
inline constexpr double kMaxExact = 9007199254740991.0;

/// Checks one layer.
/// \param out_elements  number of elements of the result.
/// \returns `invalid` if the layer selects elements outside its chunks, writes outside the result, writes more elements
/// than the result has, or refers to entries that its tables do not have.
Status check_layer(const PlanLayer& layer, std::uint64_t out_elements);

}  // namespace posixpar
