#pragma once
/// \file Priority and expected thread time of a read.
#include <span>

#include "native/exec/plan/plan.h"
#include "native/exec/strategy/layer_strategy.h"
#include "native/pool/job.h"

namespace posixpar {

/// Returns the priority of the plan, and a rough estimate of the thread time of the read from the bytes that it decodes
/// and copies.
pool::Demand demand_of(const Plan& plan, std::span<const LayerStrategy> layers);

}  // namespace posixpar
