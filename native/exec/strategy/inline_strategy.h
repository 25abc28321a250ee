#pragma once
/// \file Decides whether an asynchronous read runs on the JavaScript thread, with calls that cannot wait
/// (docs/adr/0001-cached-data.md). Pure functions: no system call, no clock.
#include <cstdint>
#include <optional>

#include "native/exec/plan/plan.h"
#include "native/exec/strategy/facts.h"
#include "native/exec/strategy/read_strategy.h"

namespace posixpar {

/// Facts that choose_inline_strategy() needs in addition to the plan.
struct InlineFacts {
  bool supports_nowait = false;  ///< True unless the file is known not to support RWF_NOWAIT.
  bool path_is_fresh = false;    ///< True if a moment ago the path still named this file.
  /// True if `layer.mapping` is set and all pages that the read needs were accessed a moment ago.
  bool pages_are_recent = false;
  LayerFacts layer;  ///< Facts of describe_layer() about the only layer.
};

/// True if `plan` reads a small result from one plain chunk of an open file, with default options. This check is fast,
/// so it comes before facts are gathered.
bool may_choose_inline(const Plan& plan);

/// Gathers the facts of InlineFacts without a system call.
/// \pre may_choose_inline(plan).
/// \param target  address of the result.
/// \param now_ns  time on the monotonic clock.
InlineFacts gather_inline_facts(const Plan& plan, const std::byte* target, std::uint64_t now_ns);

/// Chooses the strategy of a read that runs on the JavaScript thread.
/// \pre may_choose_inline(plan).
/// \returns nothing if the read must run on the pool, where choose_strategy() is called.
std::optional<ReadStrategy> choose_inline_strategy(const Plan& plan, const InlineFacts& facts);

}  // namespace posixpar
