/// \file Small cached reads on the JavaScript thread, by calls that cannot wait (docs/adr/0001-cached-data.md).
#include <memory>

#include "native/exec/plan/geometry.h"
#include "native/exec/run/perform.h"
#include "native/exec/run/read.h"
#include "native/exec/strategy/tasks.h"
#include "native/sys/clock.h"
#include "native/sys/open_file.h"

namespace posixpar {
namespace {

/// Limits of such a read: copying more takes longer than handing the read to another thread and back.
constexpr std::uint64_t kMaxResultBytes = std::uint64_t{128} << 10;
/// Every extent costs a system call. Above this, gathering from a mapping on the pool is faster.
constexpr std::uint64_t kMaxExtents = 4;
constexpr std::uint64_t kMaxExtentBytes = std::uint64_t{128} << 10;

/// True if the options of `plan` leave the choice of the engine and ask for nothing that needs further calls.
bool has_default_options(const Plan& plan) {
  return plan.engine == EngineKind::automatic && plan.cache == CachePolicy::keep &&
         plan.readahead == Readahead::kernel && plan.consistency == Consistency::check;
}

/// True if `layer` is one plain chunk of a file that is open, and read in few short extents.
bool is_short(const PlanLayer& layer, std::size_t out_size) {
  const Locations& where = layer.where;
  if (!layer.partial_reads || layer.chunk_count != 1 || where.kind != Locations::Kind::open_file ||
      where.offsets[0] < 0)
    return false;
  ChunkGeometry geometry(layer, out_size);
  geometry.seek(0);
  const std::uint64_t extents = geometry.extent_count(layer.extent_level, layer.extent_block);
  return extents <= kMaxExtents && geometry.extent(layer.extent_level, layer.extent_block, 0).length <= kMaxExtentBytes;
}

}  // namespace

bool Read::run_without_waiting() {
  const Plan& plan = state_.plan;
  const std::size_t out_size = dtype_size(plan.out_type);
  if (plan.elements * out_size > kMaxResultBytes || plan.prefill || plan.layers.size() != 1) return false;
  if (!has_default_options(plan) || !is_short(plan.layers[0], out_size)) return false;
  const sys::OpenFile& file = *plan.layers[0].where.file;
  begin_ns_ = sys::monotonic_ns();
  if (!file.nowait_ok.load(std::memory_order_relaxed) || !file.path_is_fresh(begin_ns_)) return false;
  if (try_without_waiting()) return true;
  if (state_.error) return false;  // The pool ends the read: finding out whether the file changed may wait.
  // The pool starts from the beginning: the bytes that are in the result already are few.
  state_.layers.clear();
  state_.strategy.reset();
  return false;
}

bool Read::try_without_waiting() {
  const PlanLayer& plan = state_.plan.layers[0];
  ReadStrategy strategy;
  strategy.reason = EngineReason::whole_runs;
  strategy.layers = {{.mode = Mode::extents,
                      .reason = strategy.reason,
                      .may_run_inline = true,
                      .level = plan.extent_level,
                      .block = plan.extent_block}};
  strategy.tasks = split_into_tasks(state_.plan, strategy.layers);
  state_.strategy.emplace(std::move(strategy));
  LayerRead& layer = *state_.layers.emplace_back(
      std::make_unique<LayerRead>(state_.plan, plan, state_.strategy->layers[0], false, nullptr));
  ReadCounters counters;
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
