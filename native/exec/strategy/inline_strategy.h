#pragma once
/// \file Chooses whether an asynchronous read runs on the JavaScript thread, by calls that cannot wait
/// (docs/adr/0001-cached-data.md). Pure functions: no system call, no clock.
#include <cstdint>
#include <optional>

#include "native/exec/plan/plan.h"
#include "native/exec/strategy/facts.h"
#include "native/exec/strategy/read_strategy.h"

namespace posixpar {

/// Facts that choose_inline_strategy() needs in addition to the plan.
struct InlineFacts {
  bool supports_nowait = false;  ///< The file is not known to refuse reads with RWF_NOWAIT.
  bool path_is_fresh = false;    ///< The path of the file was looked up a moment ago.
  LayerFacts layer;              ///< Facts of describe_layer() about the only layer.
};

/// True if `plan` reads a small result from one plain chunk of an open file, with default options. Refuses most other
/// plans before any fact is gathered.
bool may_choose_inline(const Plan& plan);

/// Gathers the facts without a system call.
/// \pre may_choose_inline(plan).
/// \param target  address of the result.
/// \param now_ns  time on the monotonic clock.
InlineFacts gather_inline_facts(const Plan& plan, const std::byte* target, std::uint64_t now_ns);

/// Chooses the strategy of a read that runs on the JavaScript thread.
/// \pre may_choose_inline(plan).
/// \returns nothing if the read must run on the pool: then choose_strategy() decides there.
std::optional<ReadStrategy> choose_inline_strategy(const Plan& plan, const InlineFacts& facts);

}  // namespace posixpar
