#pragma once
/// \file What a read asks of the threads of the pool.
#include <memory>
#include <vector>

#include "native/exec/strategy/work.h"
#include "native/pool/job.h"

namespace posixpar {

/// Priority of the plan, and a rough estimate of the thread time of the read, by the bytes that it decodes and moves.
pool::Demand demand_of(const Plan& plan, const std::vector<std::unique_ptr<LayerRead>>& layers);

}  // namespace posixpar
