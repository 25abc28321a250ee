/// \file Runs small cached reads on the JavaScript thread, with calls that cannot wait (docs/adr/0001-cached-data.md).
#include <memory>
#include <utility>

#include "native/exec/page_cache/slow_faults.h"
#include "native/exec/run/perform.h"
#include "native/exec/run/read.h"
#include "native/exec/run/task_memory.h"
#include "native/exec/strategy/inline_strategy.h"
#include "native/sys/clock.h"
#include "native/sys/open_file.h"

namespace posixpar {
bool Read::run_without_waiting() {
  const Plan& plan = state_.plan;
  if (!may_choose_inline(plan)) return false;
  begin_ns_ = sys::monotonic_ns();
  InlineFacts facts = gather_inline_facts(plan, state_.target, begin_ns_);
  auto strategy = choose_inline_strategy(plan, facts);
  if (!strategy) return false;
  state_.strategy.emplace(std::move(*strategy));
  if (try_without_waiting(std::move(facts.layer.mapping))) return true;
  if (state_.error) return false;  // The pool ends the read, because it must check if the file changed. This may wait.
  // The pool repeats the read from the beginning. Little work is lost, because the read is small.
  state_.layers.clear();
  state_.strategy.reset();
  return false;
}

bool Read::try_without_waiting(std::shared_ptr<sys::Mapping> mapping) {
  const PlanLayer& plan = state_.plan.layers[0];
  LayerRead& layer = *state_.layers.emplace_back(
      std::make_unique<LayerRead>(state_.plan, plan, state_.strategy->layers[0], false, std::move(mapping)));
  ReadCounters counters;
  const TaskMemory memory(state_, TaskMemory::MayWait::no, 0);  // Frees the scratch memory if the budget is strict.
  TaskContext context{state_.plan, state_.target, state_.mask, nullptr, counters, {}, state_.cancel};
  context.never_waits = true;
  for (const Task& task : state_.strategy->tasks) {
    TaskProgress progress;
    auto state = perform(task, progress, layer, context);
    if (!state.ok()) {
      state_.queue.reset(state_.strategy->tasks.size());
      state_.queue.skip(state_.strategy->tasks.size());
      state_.fail(0, std::move(state).error());
      state_.progress.merge_thread(counters);
      return false;
    }
    if (*state == TaskState::would_block) return false;
  }
  if (layer.mapping != nullptr) distrust_after_slow_fault(*layer.mapping, begin_ns_);
  if (!plan.where.file->surely_unchanged(counters[kSystemCalls])) return false;
  counters[kThreadsUsed] = 1;
  counters[kOnCaller] = 1;
  counters[kCacheUnknown] = 1;
  counters[kEngineReason] = static_cast<std::uint64_t>(state_.strategy->reason);
  counters[kElapsedNs] = sys::monotonic_ns() - begin_ns_;
  state_.progress.start(counters);
  return true;
}

}  // namespace posixpar
