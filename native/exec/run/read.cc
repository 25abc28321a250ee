#include "native/exec/run/read.h"

#include <algorithm>
#include <utility>

#include "native/exec/plan/element_sink.h"
#include "native/exec/run/data_error.h"
#include "native/exec/run/extent_pipeline.h"
#include "native/exec/run/perform.h"
#include "native/exec/run/prefetch.h"
#include "native/exec/run/task_memory.h"
#include "native/exec/strategy/gather_facts.h"
#include "native/pool/budget.h"
#include "native/pool/buffers.h"
#include "native/pool/huge_pages.h"
#include "native/pool/thread_pool.h"
#include "native/sys/clock.h"
#include "native/sys/open_file.h"

namespace posixpar {
namespace {

/// Maximum size of the scratch memory that an I/O thread keeps between reads. Keeping some saves small reads the page
/// faults of new memory. Larger scratch memory is freed, because there are many I/O threads.
constexpr std::size_t kKeptScratch = std::size_t{512} << 10;
/// Maximum size of the scratch memory that the calling thread keeps between reads.
constexpr std::size_t kCallerScratch = std::size_t{32} << 20;

}  // namespace

Read::Read(Plan plan, std::byte* target, std::byte* mask) {
  state_.plan = std::move(plan);
  state_.target = target;
  state_.mask = state_.plan.masked ? mask : nullptr;
}

Read::Read(MakePlan make, std::byte* target, std::byte* mask)
    : make_plan_(std::move(make)), begin_ns_(sys::monotonic_ns()) {
  state_.target = target;
  state_.mask = mask;
}

bool Read::begin_on_pool(pool::Lane lane) {
  if (make_plan_) {
    auto plan = std::exchange(make_plan_, nullptr)();
    if (!plan.ok()) {
      state_.fail(0, std::move(plan).error());
      return false;
    }
    state_.plan = std::move(plan).value();
    if (!state_.plan.masked) state_.mask = nullptr;
  }
  prepare();
  state_.task_progress.resize(state_.queue.size());
  auto& pool = pool::ThreadPool::instance();
  pool.readmit(lane, shared_from_this());  // Computes the due time again, because prepare() has estimated the work.
  const bool stays = lane == state_.strategy->lane;
  const unsigned threads = stays ? state_.strategy->threads - 1 : state_.strategy->threads;
  if (threads > 0) {
    auto status = pool.submit(state_.strategy->lane, shared_from_this(), threads);
    if (!status.ok()) state_.fail(0, std::move(status).error());
  }
  return stays;
}

void Read::prepare() {
  if (begin_ns_ == 0) begin_ns_ = sys::monotonic_ns();
  begin_realtime_ns_ = sys::realtime_ns();
  if (state_.plan.fresh) {
    pool::advise_huge(state_.target, state_.plan.elements * dtype_size(state_.plan.out_type));
  }
  ReadCounters counters;
  const ReadFacts facts = gather_facts(state_.plan, state_.target, counters);
  state_.strategy.emplace(choose_strategy(state_.plan, facts));
  state_.layers.reserve(state_.plan.layers.size());
  for (std::size_t i = 0; i < state_.plan.layers.size(); i++) {
    const LayerStrategy& chosen = state_.strategy->layers[i];
    auto mapping = chosen.mode == Mode::mapped ? facts.layers[i].mapping : nullptr;
    state_.layers.push_back(std::make_unique<LayerRead>(state_.plan, state_.plan.layers[i], chosen,
                                                        state_.strategy->direct_io, std::move(mapping)));
  }
  state_.queue.reset(state_.strategy->tasks.size());
  if (auto status = check_memory(state_); !status.ok()) state_.fail(0, std::move(status).error());
  if (state_.strategy->sharing == Sharing::io_ranges) state_.queue.hand_remaining_to_io_lane();
  if (!state_.strategy->drop_behind) counters[kCacheUnknown] = 1;
  counters[kEngineReason] = static_cast<std::uint64_t>(state_.strategy->reason);
  state_.progress.start(counters);
}

void Read::prepare_files() {
  const bool leased = state_.plan.consistency == Consistency::lease;
  if (!state_.strategy->drop_behind && !leased) return;
  std::call_once(files_prepared_, [&] {
    ReadCounters counters;
    // Must come before the leases: taking leases opens files, and each of these files needs a snapshot when it is
    // opened.
    if (state_.strategy->drop_behind) ReadDropBehind::snapshot_on_open(state_.layers);
    if (leased) {
      if (auto status = state_.leases.take(state_.layers, counters); !status.ok())
        state_.fail(0, std::move(status).error());
    }
    if (state_.strategy->drop_behind) drop_behind_.snapshot_open_files(state_.layers, state_.strategy->tasks, counters);
    state_.progress.merge_thread(counters);
  });
}

void Read::run_on_caller() {
  if (run_without_waiting()) return;
  if (!state_.error) {
    prepare();
    if (run_inline()) return;
  }
  run_sync();
}

bool Read::run_inline() {
  if (!state_.strategy->may_run_inline || state_.strategy->waits()) return false;
  const std::vector<Task>& tasks = state_.strategy->tasks;
  ReadCounters counters;
  const TaskContext context{state_.plan, state_.target, state_.mask, nullptr, counters, {}, state_.cancel};
  TaskProgress progress;
  TaskMemory memory(state_, TaskMemory::MayWait::no, 0);
  std::size_t done = 0;
  for (; done < tasks.size(); done++) {
    progress = {};
    const auto reserved = memory.reserve(*state_.layers[tasks[done].layer]);
    if (!reserved.ok()) state_.fail(done, reserved.error());
    if (!reserved.ok() || !*reserved) break;  // A thread of the pool may wait for memory.
    auto state = perform(tasks[done], progress, *state_.layers[tasks[done].layer], context);
    if (!state.ok()) {
      state_.fail(done, std::move(state).error());
      break;
    }
    if (*state == TaskState::would_block) break;
  }
  state_.queue.skip(done);
  state_.progress.set_inline(done, counters);
  on_caller_ = done == tasks.size() || state_.error;
  if (!on_caller_) {
    state_.task_progress.resize(tasks.size());
    state_.task_progress[done] = progress;
    state_.progress.merge_thread(counters);
    return false;
  }
  counters[kThreadsUsed] = 1;
  end(counters);
  return true;
}

void Read::run_sync() {
  is_sync_ = true;
  state_.task_progress.resize(state_.queue.size());
  if (state_.strategy->threads == 1) {
    ReadCounters counters;
    const pool::Slice slice(pool::Lane::io);
    prepare_files();
    prefill(slice);
    run_waiting(counters, slice);
    state_.progress.merge_thread(counters);
    end({});
  } else {
    pool::ThreadPool::instance().run_here(state_.strategy->lane, shared_from_this(), state_.strategy->threads);
  }
  pool::ThreadScratch::get().trim(kCallerScratch);
}

void Read::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  const auto self = shared_from_this();
  auto& pool = pool::ThreadPool::instance();
  // The strategy is chosen on the pool. If the plan already says that the read will wait for the storage, an I/O thread
  // chooses it, which saves waking a second thread.
  const bool waits = !make_plan_ && state_.plan.waits();
  auto status = pool.submit(waits ? pool::Lane::io : pool::Lane::compute, self, 1);
  if (status.ok()) return;
  state_.fail(0, std::move(status).error());
  pool.hold(self);
  pool.release(self);  // Calls finished(), because no thread will run this job.
}

std::uint64_t Read::run_delay_ns() const {
  return is_inline_candidate(state_.plan) ? 0 : sys::thread_run_delay_ns().value_or(0);
}

void Read::cancel() {
  state_.cancel.cancel();
  for (const std::size_t index : state_.postponed.all()) resume(index);
  pool::ThreadPool::instance().expedite(shared_from_this());
}

pool::JobStep Read::run(const pool::Slice& slice) {
  has_begun_.store(true, std::memory_order_relaxed);
  if (!state_.strategy && !begin_on_pool(slice.lane())) return pool::JobStep::done;
  ReadCounters counters;
  const std::uint64_t delay_ns = run_delay_ns();
  prepare_files();
  auto step = pool::JobStep::yielded;
  if (prefill(slice)) {
    step = slice.lane() == pool::Lane::io ? run_waiting(counters, slice) : run_tasks(nullptr, counters, slice);
  }
  if (slice.lane() == pool::Lane::io && step == pool::JobStep::done) pool::ThreadScratch::get().trim(kKeptScratch);
  counters[kRunnableNs] = std::max(run_delay_ns(), delay_ns) - delay_ns;
  state_.progress.merge_thread(counters);
  return step;
}

std::unique_ptr<Channel> Read::open_channel() const {
  ChannelOptions options;
  options.depth = state_.strategy->depth;
  options.cache = state_.plan.cache;
  if (state_.plan.readahead == Readahead::bytes) options.ahead_bytes = state_.plan.ahead_bytes;
  options.opens = std::ranges::any_of(state_.layers, [](const auto& layer) { return layer->source.opens_each(); });
  if (state_.strategy->pins_result)
    options.memory = {state_.target, state_.plan.elements * dtype_size(state_.plan.out_type)};
  return engine(state_.strategy->channel).open(options);
}

pool::JobStep Read::run_waiting(ReadCounters& counters, const pool::Slice& slice) {
  const auto channel = open_channel();
  const bool has_ring = state_.strategy->uses_ring() && !channel->replaced();
  const Postpone postponing = [this](std::size_t index, pool::ChunkCache::Flight& busy) { postpone(index, busy); };
  const auto step = has_ring ? run_extent_pipeline(state_, *channel, counters, slice, is_sync_ ? nullptr : &postponing)
                             : run_tasks(channel.get(), counters, slice);
  // A sandbox may permit a process to create a ring, but not to use it. The channel then makes blocking calls instead.
  if (channel->replaced()) engine_replaced_.store(true, std::memory_order_relaxed);
  counters.add(channel->counters());
  return step;
}

pool::JobStep Read::run_tasks(Channel* channel, ReadCounters& counters, const pool::Slice& slice) {
  const bool is_on_io_lane = channel != nullptr;
  const GateAccess gate{is_on_io_lane ? &ComputeGate::instance() : nullptr, slice.due_ns()};
  const TaskContext context{.plan = state_.plan,
                            .target = state_.target,
                            .mask = state_.mask,
                            .channel = channel,
                            .counters = counters,
                            .gate = gate,
                            .cancel = state_.cancel,
                            .when_busy = is_sync_ ? WhenBusy::wait : WhenBusy::postpone};
  TaskCursor cursor{is_on_io_lane, std::nullopt};
  TaskMemory memory(state_, is_on_io_lane ? TaskMemory::MayWait::yes : TaskMemory::MayWait::no, slice.due_ns());
  for (std::size_t index = 0; state_.next_task(cursor, index);) {
    const Task& task = state_.strategy->tasks[index];
    TaskProgress& progress = state_.task_progress[index];
    LayerRead& layer = *state_.layers[task.layer];
    const std::uint64_t bytes = counters[kBytesDone];
    const std::uint64_t chunks = counters[kChunksDone];
    const auto reserved = memory.reserve(layer);
    if (!reserved.ok()) state_.fail(index, reserved.error());
    if (reserved.ok() && !*reserved) defer(index);  // A thread of the I/O lane may wait for memory.
    if (!reserved.ok() || !*reserved) continue;
    if (is_on_io_lane) prefetch(task, progress, layer, state_.plan, counters);
    std::shared_ptr<pool::ChunkCache::Flight> busy;
    auto state = perform(task, progress, layer, context, &busy);
    if (!state.ok()) {
      state_.fail(index, std::move(state).error());
      continue;
    }
    if (busy != nullptr) postpone(index, *busy);
    state_.progress.add_bytes(counters[kBytesDone] - bytes);
    if (*state == TaskState::would_block) {
      prefetch(task, progress, layer, state_.plan, counters);
      defer(index);
      if (state_.queue.note_cold()) {
        state_.queue.hand_remaining_to_io_lane();
        return pool::JobStep::done;
      }
    } else if (*state == TaskState::done) {
      state_.queue.note_cached();
      state_.progress.add_task(counters[kChunksDone] - chunks);
    }
    if (slice.over()) {
      state_.queue.yield(cursor);
      return pool::JobStep::yielded;
    }
  }
  return pool::JobStep::done;
}

void Read::defer(std::size_t index) {
  const unsigned threads = state_.queue.defer(index, state_.strategy->io_threads);
  if (threads == 0) return;
  auto status = pool::ThreadPool::instance().submit(pool::Lane::io, shared_from_this(), threads);
  if (!status.ok()) state_.fail(index, std::move(status).error());
}

void Read::postpone(std::size_t index, pool::ChunkCache::Flight& busy) {
  pool::ThreadPool::instance().hold(shared_from_this());
  state_.postponed.add(index);
  const bool waits = busy.on_end([read = weak_from_this(), index] {
    if (const auto self = read.lock()) self->resume(index);
  });
  // If the read was cancelled before this task was added to `postponed`, cancel() has missed the task.
  if (!waits || state_.cancel.cancelled()) resume(index);
}

void Read::resume(std::size_t index) {
  if (!state_.postponed.remove(index)) return;
  const auto self = shared_from_this();
  defer(index);
  pool::ThreadPool::instance().release(self);
}

bool Read::prefill(const pool::Slice& slice) {
  if (!state_.plan.prefill) return true;
  if (state_.plan.fill.error) state_.fail(0, *state_.plan.fill.error);
  if (state_.plan.fill.error || state_.plan.sink != nullptr) return true;
  return prefill_.run(state_.plan, state_.target, state_.mask, slice);
}

void Read::check_unchanged(ReadCounters& counters) {
  const sys::OpenFile* checked = nullptr;  // Layers often share one file, which is checked only once.
  for (const PlanLayer& layer : state_.plan.layers) {
    const sys::OpenFile* file = layer.where.file.get();
    if (file == nullptr || file == checked) continue;
    checked = file;
    // Looking up the path would take a third of the time of a small read. So OpenFile::check_unchanged() does not look
    // it up if an earlier read has done so a moment ago.
    auto status = is_inline_candidate(state_.plan)
                      ? layer.where.file->check_unchanged(sys::monotonic_ns(), counters[kSystemCalls])
                      : layer.where.file->check_path(sys::monotonic_ns(), counters[kSystemCalls]);
    if (!status.ok()) report_change(std::move(status).error());
  }
  for (const auto& layer : state_.layers) {
    if (auto status = layer->source.check_unchanged(counters); !status.ok()) report_change(std::move(status).error());
  }
}

void Read::report_change(Error error) {
  if (state_.error && is_data_error(*state_.error) && error.kind == ErrorKind::changed)
    state_.fail_changed(std::move(error));
  else
    state_.fail(state_.queue.size(), std::move(error));
}

void Read::explain_data_error(ReadCounters& counters) {
  if (!state_.error || !is_data_error(*state_.error) || state_.error_index >= state_.queue.size()) return;
  const Locations& where = state_.layers[state_.strategy->tasks[state_.error_index].layer]->plan.where;
  // If a file was open before the read, check_unchanged() has already compared it with its state when it was opened.
  if (where.kind == Locations::Kind::open_file) return;
  const sys::Roots* roots = where.directory != nullptr ? where.directory->roots() : where.roots.get();
  counters[kSystemCalls]++;
  auto status = check_not_modified_since(*state_.error, begin_realtime_ns_, roots);
  if (!status.ok()) report_change(std::move(status).error());
}

void Read::check_complete() {
  const std::size_t done = state_.progress.tasks_done();
  if (done == state_.queue.size()) return;
  Error error;
  error.op = "read";
  error.message = std::to_string(done) + " of " + std::to_string(state_.queue.size()) + " tasks were executed";
  state_.fail(state_.queue.size(), std::move(error));
}

void Read::note_refusals() {
  const auto note = [&](EngineReason reason) {
    state_.progress.set(kEngineReason, static_cast<std::uint64_t>(reason));
  };
  if (engine_replaced_.load(std::memory_order_relaxed)) note(EngineReason::uring_refused);
  for (const auto& layer : state_.layers) {
    if (!layer->source.direct_refused()) continue;
    note(layer->source.not_reopened() ? EngineReason::not_reopened : EngineReason::direct_refused);
  }
}

void Read::end(ReadCounters counters) {
  state_.progress.end();
  drop_behind_.evict_added(state_.layers, counters);
  check_unchanged(counters);
  explain_data_error(counters);
  check_complete();
  if (state_.plan.consistency == Consistency::lease) {
    if (auto status = state_.leases.finish(); !status.ok()) state_.fail_changed(std::move(status).error());
  }
  if (state_.plan.sink != nullptr && !state_.error) state_.plan.sink->complete(state_.plan);
  note_refusals();
  counters[kOnCaller] = on_caller_ ? 1 : 0;
  counters[kElapsedNs] = sys::monotonic_ns() - begin_ns_;
  state_.progress.finish(counters);
}

void Read::finished() {
  end({});
  if (on_end_) on_end_();
  free_plan();
}

void Read::free_plan() {
  state_.layers.clear();  // Destroyed before the plan, because layers refer to it.
  std::vector<TaskProgress>().swap(state_.task_progress);
  state_.strategy.reset();
  std::vector<PlanLayer>().swap(state_.plan.layers);
  make_plan_ = nullptr;
}

}  // namespace posixpar
