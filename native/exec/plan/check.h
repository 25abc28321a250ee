#pragma once
/// \file Checks that a layer stays inside its chunks, its tables and the result. The executor relies on this check: it
/// computes addresses from these numbers without checking them again.
#include <cstdint>

#include "native/base/result.h"
#include "native/exec/plan/plan.h"

namespace posixpar {

/// Largest integer up to which a double represents all integers exactly (2^53 - 1).
inline constexpr double kMaxExact = 9007199254740991.0;

/// Checks one layer.
/// \param out_elements  number of elements of the result.
/// \returns `invalid` if the layer selects elements outside its chunks, writes outside the result, writes more elements
/// than the result has, or refers to entries that its tables do not have.
Status check_layer(const PlanLayer& layer, std::uint64_t out_elements);

}  // namespace posixpar
