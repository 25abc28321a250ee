#include "native/exec/run/read.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <thread>

#include "native/exec/page_cache/residency.h"
#include "native/exec/run/data_error.h"
#include "native/exec/run/prefetch.h"
#include "native/exec/strategy/demand.h"
#include "native/pool/budget.h"
#include "native/pool/buffers.h"
#include "native/pool/huge_pages.h"
#include "native/pool/thread_pool.h"
#include "native/sys/clock.h"
#include "native/sys/open_file.h"

namespace posixpar {
namespace {

/// Results up to this size may be produced on the calling thread when everything is in memory: about the time that
/// handing the read to another thread and back takes (docs/adr/0001-cached-data.md).
constexpr std::uint64_t kInlineBytes = std::uint64_t{128} << 10;
/// What a thread of the I/O lane keeps between reads: so many threads must not keep what each needed once, but small
/// reads would spend their time on the first touch of new memory.
constexpr std::size_t kKeptScratch = std::size_t{512} << 10;
/// The same for the caller's thread, which the pool does not look after.
constexpr std::size_t kCallerScratch = std::size_t{32} << 20;
/// Tasks in a row that would have had to wait, after which a compute thread leaves the rest to the I/O lane.
constexpr unsigned kColdStreak = 2;

}  // namespace

Read::Read(Plan plan, std::byte* target, std::byte* mask)
    : plan_(std::move(plan)), target_(target), mask_(plan_.masked ? mask : nullptr) {}

void Read::prepare() {
  if (begin_ns_ == 0) begin_ns_ = sys::monotonic_ns();
  begin_realtime_ns_ = sys::realtime_ns();
  const std::uint64_t bytes = plan_.elements * dtype_size(plan_.out_type);
  small_ = bytes <= kInlineBytes && !plan_.prefill && plan_.layers.size() <= 1 && !plan_.waits() &&
           !plan_.drops_cache() && plan_.consistency == Consistency::check;
  if (plan_.fresh) pool::advise_huge(target_, bytes);
  if (plan_.fresh) untouched_.begin(bytes);
  layers_ = decide(plan_, target_, small_, total_);
  tasks_ = cut(layers_, bytes);
  batched_ = is_batched();
  cold_ = !batched_ && is_cold();
  drop_behind_ = must_not_populate_cache();
  if (cold_ || drop_behind_) hand_remaining_to_io_lane();
  if (drop_behind_ && prefers_direct_io()) {
    for (const auto& work : layers_) work->source.enable_direct_io();
    total_[kEngineReason] = static_cast<std::uint64_t>(EngineReason::direct_io);
  }
  // Direct reads, too: a file system that refuses O_DIRECT is read through the page cache.
  takes_snapshots_ = plan_.drops_cache() && plan_.engine != EngineKind::mmap;
  if (!takes_snapshots_) total_[kCacheUnknown] = 1;
  if (batched_) total_[kEngineReason] = static_cast<std::uint64_t>(EngineReason::many_files);
  demand_ = demand_of(plan_, layers_);
}

void Read::prepare_files() {
  const bool leased = plan_.consistency == Consistency::lease;
  if (!takes_snapshots_ && !leased) return;
  const std::lock_guard lock(files_mutex_);
  if (std::exchange(files_prepared_, true)) return;
  ReadCounters counters;
  // Files that are opened for the leases are to be snapshot, too.
  for (std::size_t w = 0; takes_snapshots_ && w < layers_.size(); w++) layers_[w]->source.snapshot_residency();
  if (leased) {
    if (auto status = leases_.take(layers_, counters); !status.ok()) fail(0, std::move(status).error());
  }
  for (std::size_t w = 0; takes_snapshots_ && w < layers_.size(); w++) {
    const auto ranges = ranges_read(tasks_, *layers_[w], w);
    if (ranges.empty()) continue;
    const sys::OpenFile& file = *layers_[w]->layer.where.file;
    snapshots_.emplace_back(file.fd(), file.path(), ranges, counters);
  }
  add(counters);
}

bool Read::keeps_leases() {
  if (plan_.consistency != Consistency::lease) return true;
  auto status = leases_.poll();
  const bool kept = status.ok();
  if (!kept) fail_changed(std::move(status).error());
  return kept;
}

void Read::fail_changed(Error error) {
  stop_.store(true, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  error_ = std::move(error);
  error_index_ = 0;
}

bool Read::run_inline(bool may_open) {
  if (!small_ || waits()) return false;
  const auto opens = [](const auto& work) { return work->source.may_open(); };
  if (!may_open && std::any_of(layers_.begin(), layers_.end(), opens)) return false;
  ReadCounters counters;
  std::size_t done = 0;
  for (; done < tasks_.size(); done++) {
    const TaskContext context{plan_, target_, mask_, nullptr, counters, {}, cancel_};
    auto state = perform(tasks_[done], *layers_[tasks_[done].work], context);
    if (!state.ok()) {
      fail(done, std::move(state).error());
      break;
    }
    if (*state == ReadState::would_block) break;
  }
  tasks_done_.store(done, std::memory_order_relaxed);
  next_.store(done, std::memory_order_relaxed);
  live_bytes_.store(counters[kBytesDone], std::memory_order_relaxed);
  live_chunks_.store(counters[kChunksDone], std::memory_order_relaxed);
  on_caller_ = done == tasks_.size() || error_;
  if (!on_caller_) {
    add(counters);
    return false;
  }
  counters[kThreadsUsed] = 1;
  total_.merge(counters);
  total_[kOnCaller] = 1;
  end();
  return true;
}

void Read::run_sync() {
  const auto self = shared_from_this();
  const unsigned threads = waits() ? waiting_threads() : wanted_threads();
  if (threads == 1) {
    ReadCounters counters;
    const pool::Slice slice(pool::Lane::io);
    prepare_files();
    prefill(slice);
    run_waiting(counters, slice);
    add(counters);
    end();
  } else {
    pool::ThreadPool::instance().run_here(waits() ? pool::Lane::io : pool::Lane::compute, self, threads);
  }
  pool::ThreadScratch::get().trim(kCallerScratch);
}

void Read::cancel() {
  cancel_.cancel();
  pool::ThreadPool::instance().expedite(shared_from_this());
}

std::uint64_t Read::device_id() const {
  for (const PlanLayer& layer : plan_.layers) {
    if (layer.where.file != nullptr) return layer.where.file->id().device;
    if (layer.where.directory != nullptr) return layer.where.directory->device();
  }
  return 0;
}

pool::JobStep Read::run(const pool::Slice& slice) {
  if (make_plan_) return make_plan() ? pool::JobStep::yielded : pool::JobStep::done;
  ReadCounters counters;
  const auto delay = sys::thread_run_delay_ns();
  prepare_files();
  auto step = pool::JobStep::yielded;
  if (prefill(slice)) {
    step = slice.lane() == pool::Lane::io ? run_waiting(counters, slice) : run_tasks(nullptr, counters, slice);
  }
  if (slice.lane() == pool::Lane::io && step == pool::JobStep::done) pool::ThreadScratch::get().trim(kKeptScratch);
  if (delay) counters[kRunnableNs] = sys::thread_run_delay_ns().value_or(*delay) - *delay;
  add(counters);
  return step;
}

pool::JobStep Read::run_waiting(ReadCounters& counters, const pool::Slice& slice) {
  const auto channel = open_channel();
  const auto step = by_uring() && !channel->replaced() ? run_parts(*channel, counters, slice)
                                                       : run_tasks(channel.get(), counters, slice);
  // A sandbox may let a process set up a ring and not use it.
  if (channel->replaced()) engine_replaced_.store(true, std::memory_order_relaxed);
  counters.add(channel->counters());
  return step;
}

pool::JobStep Read::run_tasks(Channel* channel, ReadCounters& counters, const pool::Slice& slice) {
  const bool io_lane = channel != nullptr;
  const GateAccess gate{io_lane ? &ComputeGate::instance() : nullptr, slice.due_ns()};
  TaskCursor cursor{io_lane, std::nullopt};
  for (std::size_t index = 0; next_task(cursor, index);) {
    Task& task = tasks_[index];
    LayerRead& work = *layers_[task.work];
    const std::uint64_t bytes = counters[kBytesDone];
    const std::uint64_t chunks = counters[kChunksDone];
    std::optional<pool::Reservation> memory;
    if (io_lane) {
      // Who has to wait for memory keeps none: the scratch of all I/O threads together would be a multiple of the
      // budget.
      memory = pool::Budget::instance().try_acquire(scratch_bytes(work), device_id());
      if (!memory) {
        pool::ThreadScratch::get().trim(0);
        memory = pool::Budget::instance().acquire(scratch_bytes(work), &cancel_, slice.due_ns(), device_id());
      }
      if (!memory) continue;  // Cancelled, which the next task finds too.
      prefetch(task, work, plan_, counters);
    }
    auto state = perform(task, work, {plan_, target_, mask_, channel, counters, gate, cancel_});
    if (!state.ok()) {
      fail(index, std::move(state).error());
      continue;
    }
    live_bytes_.fetch_add(counters[kBytesDone] - bytes, std::memory_order_relaxed);
    untouched_.touch(counters[kBytesDone] - bytes);
    if (*state == ReadState::would_block) {
      prefetch(task, work, plan_, counters);
      defer(index);
      if (cold_streak_.fetch_add(1, std::memory_order_relaxed) + 1 >= kColdStreak) {
        hand_remaining_to_io_lane();
        return pool::JobStep::done;
      }
    } else {
      if (cold_streak_.load(std::memory_order_relaxed) > 0) cold_streak_.store(0, std::memory_order_relaxed);
      count_done(0, counters[kChunksDone] - chunks);
    }
    if (slice.over()) {
      yield(cursor);
      return pool::JobStep::yielded;
    }
  }
  return pool::JobStep::done;
}

void Read::yield(TaskCursor& cursor) {
  if (!cursor.io_range) return;
  const std::lock_guard lock(mutex_);
  io_ranges_->leave(*cursor.io_range);
}

bool Read::next_task(TaskCursor& cursor, std::size_t& index) {
  if (cancel_.cancelled()) {
    Error error;
    error.kind = ErrorKind::cancelled;
    error.op = "read";
    fail(tasks_.size(), std::move(error));
    return false;
  }
  if (!keeps_leases()) return false;
  if (!cursor.io_lane) return next_untried(index);
  const std::lock_guard lock(mutex_);
  // After an error only what lies before it in the plan matters: it may fail as well, and then is the first error.
  const std::size_t limit = error_ ? error_index_ : tasks_.size();
  if (!deferred_.empty() && deferred_.front() < limit) {
    std::pop_heap(deferred_.begin(), deferred_.end(), std::greater<>());
    index = deferred_.back();
    deferred_.pop_back();
    return true;
  }
  if (io_ranges_) {
    if (!cursor.io_range) cursor.io_range = io_ranges_->join();
    if (const auto task = io_ranges_->next(*cursor.io_range, limit)) {
      index = *task;
      return true;
    }
  } else if (next_untried(index)) {
    return true;
  }
  if (io_threads_ > 0) io_threads_--;
  return false;
}

bool Read::next_untried(std::size_t& index) {
  if (stop_.load(std::memory_order_acquire)) return false;
  index = next_.fetch_add(1, std::memory_order_relaxed);
  return index < tasks_.size();
}

/// The task has to wait for the storage: the I/O lane does it. Its threads also take tasks that nobody has tried.
void Read::defer(std::size_t index) {
  unsigned threads = 0;
  {
    const std::lock_guard lock(mutex_);
    deferred_.push_back(index);
    std::push_heap(deferred_.begin(), deferred_.end(), std::greater<>());
    const std::size_t taken = std::min(next_.load(std::memory_order_relaxed), tasks_.size());
    const std::size_t left = deferred_.size() + tasks_.size() - taken;
    // Those that are there already will take it: each asks once more before it leaves.
    const std::size_t room = waiting_threads() - std::min<std::size_t>(waiting_threads(), io_threads_);
    threads = static_cast<unsigned>(std::min(io_threads_ == 0 ? left : std::size_t{1}, room));
    io_threads_ += threads;
  }
  if (threads == 0) return;
  const auto self = shared_from_this();
  auto status = pool::ThreadPool::instance().submit(pool::Lane::io, self, threads);
  if (!status.ok()) fail(index, std::move(status).error());
}

void Read::hand_remaining_to_io_lane() {
  const std::lock_guard lock(mutex_);
  if (io_ranges_) return;
  const std::size_t taken = std::min(next_.exchange(tasks_.size(), std::memory_order_relaxed), tasks_.size());
  io_ranges_.emplace(taken, tasks_.size());
}

void Read::fail(std::size_t index, Error error) {
  stop_.store(true, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  if (error_ && error_index_ <= index) return;
  error_ = std::move(error);
  error_index_ = index;
}

bool Read::prefill(const pool::Slice& slice) {
  if (!plan_.prefill) return true;
  if (!plan_.fill.error) return prefill_.run(plan_, target_, mask_, slice);
  fail(0, *plan_.fill.error);
  return true;
}

void Read::check_unchanged(ReadCounters& counters) {
  const sys::OpenFile* checked = nullptr;  // Layers of one array mostly share one file.
  for (const PlanLayer& layer : plan_.layers) {
    const sys::OpenFile* file = layer.where.file.get();
    if (file == nullptr || file == checked) continue;
    checked = file;
    // The path's look-up would be a third of a small read; for others it is nothing.
    auto status = on_caller_ ? layer.where.file->check_unchanged(sys::monotonic_ns(), counters[kSystemCalls])
                             : sys::revalidate(*file, file->id());
    if (!on_caller_) counters[kSystemCalls]++;
    if (!status.ok()) report_change(std::move(status).error());
  }
  for (const auto& work : layers_) {
    if (auto status = work->source.check_unchanged(counters); !status.ok()) report_change(std::move(status).error());
  }
}

void Read::report_change(Error error) {
  if (error_ && is_data_error(*error_) && error.kind == ErrorKind::changed)
    fail_changed(std::move(error));
  else
    fail(tasks_.size(), std::move(error));
}

void Read::explain_data_error(ReadCounters& counters) {
  if (!error_ || !is_data_error(*error_) || error_index_ >= tasks_.size()) return;
  const Locations& where = layers_[tasks_[error_index_].work]->layer.where;
  // An open file has been compared with what it was when it was opened.
  if (where.kind == Locations::Kind::open_file) return;
  const sys::Roots* roots = where.directory != nullptr ? where.directory->roots() : where.roots.get();
  counters[kSystemCalls]++;
  auto status = check_not_modified_since(*error_, begin_realtime_ns_, roots);
  if (!status.ok()) report_change(std::move(status).error());
}

void Read::check_complete() {
  const std::size_t done = tasks_done_.load(std::memory_order_relaxed);
  if (done == tasks_.size()) return;
  Error error;
  error.op = "read";
  error.message = std::to_string(done) + " of " + std::to_string(tasks_.size()) + " tasks were performed";
  fail(tasks_.size(), std::move(error));
}

void Read::end() {
  untouched_.end();
  ReadCounters counters;
  for (const ResidencySnapshot& snapshot : snapshots_) snapshot.evict_added(counters);
  for (const auto& work : layers_) work->source.evict_added(counters);
  check_unchanged(counters);
  explain_data_error(counters);
  check_complete();
  if (plan_.consistency == Consistency::lease) {
    if (auto status = leases_.finish(); !status.ok()) fail_changed(std::move(status).error());
  }
  const std::lock_guard lock(mutex_);
  total_.merge(counters);
  if (engine_replaced_.load(std::memory_order_relaxed)) {
    total_[kEngineReason] = static_cast<std::uint64_t>(EngineReason::uring_refused);
  }
  for (const auto& work : layers_) {
    if (!work->source.direct_refused()) continue;
    const bool reopened = !work->source.not_reopened();
    total_[kEngineReason] =
        static_cast<std::uint64_t>(reopened ? EngineReason::direct_refused : EngineReason::not_reopened);
  }
  total_[kElapsedNs] = sys::monotonic_ns() - begin_ns_;
}

void Read::finished() {
  end();
  if (on_end_) on_end_();
}

}  // namespace posixpar
