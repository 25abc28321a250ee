#pragma once
/// \file Estimates how much thread time a read needs. The pool orders reads by this estimate and by their priority.
#include <span>

#include "native/exec/plan/plan.h"
#include "native/exec/strategy/layer_strategy.h"
#include "native/pool/job.h"

namespace posixpar {

/// Returns the priority of the plan, and a rough estimate of the time that threads will spend on the read. The estimate
/// follows from the number of chunks and the bytes that the read decodes and copies.
pool::Demand demand_of(const Plan& plan, std::span<const LayerStrategy> layers);

}  // namespace posixpar
