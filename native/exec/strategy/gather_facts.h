#pragma once
/// \file Gathers the facts that a strategy depends on.
#include <cstddef>

#include "native/exec/plan/plan.h"
#include "native/exec/run/counters.h"
#include "native/exec/strategy/facts.h"

namespace posixpar {

/// Gathers the facts about a read. Asks the system only what needed_probe() says; no call waits for the storage.
/// \param target  the result's memory: only its address matters.
ReadFacts gather_facts(const Plan& plan, const std::byte* target, ReadCounters& counters);

}  // namespace posixpar
