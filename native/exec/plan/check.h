#pragma once
/// \file Checks that a layer stays inside its chunks, its tables and the result. The executor relies on it: nothing
/// checks these numbers again before they become addresses.
#include <cstdint>

#include "native/base/result.h"
#include "native/exec/plan/plan.h"

namespace posixpar {

/// The largest integer that a double holds exactly with all below it.
inline constexpr double kMaxExact = 9007199254740991.0;

/// \param out_elements  elements of the result.
/// \returns `invalid` when the layer selects what its chunks do not hold, writes beyond the result or more elements
/// than
///          it has, or refers to what its tables do not list.
Status check_layer(const PlanLayer& layer, std::uint64_t out_elements);

}  // namespace posixpar
