#pragma once
/// \file Gathers the facts that a strategy depends on.
#include <cstddef>

#include "native/exec/plan/plan.h"
#include "native/exec/run/counters.h"
#include "native/exec/strategy/facts.h"

namespace posixpar {

/// Gathers the facts about a read. Makes only the system calls that the plan and needed_probe() require. None of them
/// waits for the storage.
/// \param target  memory of the result; only its address is used.
ReadFacts gather_facts(const Plan& plan, const std::byte* target, ReadCounters& counters);

}  // namespace posixpar
