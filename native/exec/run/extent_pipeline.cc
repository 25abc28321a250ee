#include "native/exec/run/extent_pipeline.h"

#include <list>
#include <vector>

#include "native/exec/run/perform.h"
#include "native/exec/run/task_execution.h"
#include "native/exec/run/task_memory.h"
#include "native/pool/budget.h"
#include "native/pool/buffers.h"

namespace posixpar {
namespace {

/// A task that has begun and is not complete: some of its extents are not started or not finished.
struct ActiveTask {
  std::size_t index = 0;
  std::optional<pool::Reservation> memory;
  TaskExecution execution;
  std::uint64_t next_extent = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t scratch_in_flight = 0;  ///< Bytes of the scratch memory of the extents in flight.
  bool failed = false;
  std::uint64_t bytes = 0;
  std::uint64_t chunks = 0;

  [[nodiscard]] bool startable() const { return !failed && next_extent < execution.extent_count(); }
  [[nodiscard]] bool over() const { return in_flight == 0 && !startable(); }
};

/// An extent in flight. Its position in `extents_` is its tag in the channel (Channel::start).
struct ExtentInFlight {
  ActiveTask* active = nullptr;
  std::uint64_t index = 0;
  bool direct = false;
  pool::Buffer scratch;
  std::uint64_t scratch_bytes = 0;
};

/// Returns the maximum scratch memory of an extent: for the stored bytes, and for the aligned copy of a direct read.
std::uint64_t scratch_of(const ExtentRequest& asked) {
  std::uint64_t bytes = asked.scratch_bytes > 0 ? pool::BufferPool::capacity_of(asked.scratch_bytes) : 0;
  if (asked.extent.file.direct()) {
    bytes += pool::BufferPool::capacity_of(asked.extent.length + 2 * pool::kBufferAlignment);
  }
  return bytes;
}

}  // namespace

/// State of one thread that runs tasks with many extents in flight.
class ExtentPipeline {
 public:
  ExtentPipeline(ReadState& read, Channel& channel, ReadCounters& counters, const pool::Slice& slice,
                 const Postpone* postpone)
      : read_(read),
        channel_(channel),
        slice_(slice),
        postpone_(postpone),
        context_{.plan = read.plan,
                 .target = read.target,
                 .mask = read.mask,
                 .channel = &channel,
                 .counters = counters,
                 .gate = {&ComputeGate::instance(), slice.due_ns()},
                 .cancel = read.cancel,
                 .when_busy = postpone == nullptr ? WhenBusy::decode : WhenBusy::postpone},
        extents_(channel.depth()) {
    for (std::size_t i = extents_.size(); i > 0; i--) free_.push_back(i - 1);
  }

  pool::JobStep run() {
    for (;;) {
      while (!free_.empty() && start_one()) {
      }
      if (free_.size() < extents_.size())
        end_one();
      else if (!taken_index_)
        break;
    }
    if (!yields_) return pool::JobStep::done;
    read_.queue.yield(cursor_);
    return pool::JobStep::yielded;
  }

 private:
  /// Starts the next extent of the current task. If there is no current task, begins the next one first. \returns true
  /// if it may be called again, even if the new task had no extent to start; false if no extent can be started now: no
  /// task is left, the memory of the next task is not available yet, or the slice is over.
  bool start_one() {
    if (current_ == nullptr && !begin_task()) return false;
    if (current_ == nullptr) return true;  // The task ended or was postponed, or the read was cancelled.
    ActiveTask& active = *current_;
    if (read_.cancel.cancelled()) {
      Error error;
      error.kind = ErrorKind::cancelled;
      error.op = "read";
      give_up(active, std::move(error));
    } else if (!has_memory(active)) {
      return false;
    } else {
      start(active, active.next_extent++);
    }
    if (!active.startable()) current_ = nullptr;
    settle(active);
    return true;
  }

  /// True if the scratch memory of the next extent fits into the reservation of its task. If the budget is not strict,
  /// the reservation is only an estimate, and extents do not wait. \pre the task has an extent to start.
  [[nodiscard]] static bool has_memory(const ActiveTask& active) {
    if (active.in_flight == 0 || !pool::Budget::instance().is_strict()) return true;
    const std::uint64_t next = scratch_of(active.execution.request(active.next_extent));
    return active.scratch_in_flight + next <= active.memory->bytes();
  }

  bool begin_task() {
    if (!taken_index_) {
      // Before it yields, the thread finishes the extents in flight.
      yields_ = yields_ || (begun_ && slice_.over());
      std::size_t index = 0;
      if (yields_ || !read_.next_task(cursor_, index)) return false;
      taken_index_ = index;
      begun_ = true;
    }
    const Task& task = read_.strategy->tasks[*taken_index_];
    TaskProgress& progress = read_.task_progress[*taken_index_];
    LayerRead& layer = *read_.layers[task.layer];
    auto& budget = pool::Budget::instance();
    const std::uint64_t bytes = bytes_to_reserve(layer.strategy);
    auto memory = budget.try_acquire(bytes, read_.device_id());
    // Only a thread that holds no memory may wait for memory.
    if (!memory && !tasks_.empty()) return false;
    if (!memory) {
      auto waited = budget.acquire(bytes, &read_.cancel, slice_.due_ns(), read_.device_id());
      if (!waited.ok()) {
        // If the read was cancelled, next_task() will return false.
        Error error = located_in(std::move(waited).error(), layer.plan);
        if (error.kind != ErrorKind::cancelled) read_.fail(*taken_index_, std::move(error));
        taken_index_.reset();
        return true;
      }
      memory = std::move(*waited);
    }
    ActiveTask& active = tasks_.emplace_back();
    active.index = *taken_index_;
    active.next_extent = progress.extents_done;
    active.memory = std::move(memory);
    taken_index_.reset();
    {
      const Counted counted(*this, active);
      if (layer.strategy.mode != Mode::extents && layer.strategy.mode != Mode::whole) {
        auto state = perform(task, progress, layer, context_);
        if (!state.ok()) give_up(active, std::move(state).error());
      } else if (auto status = active.execution.begin(task, progress.extents_done, layer, context_); !status.ok()) {
        give_up(active, std::move(status).error());
      } else if (active.execution.chunk().inline_bytes != nullptr) {
        active.execution = TaskExecution();
        auto state = perform(task, progress, layer, context_);
        if (!state.ok()) give_up(active, std::move(state).error());
      }
    }
    if (const auto busy = active.execution.busy(); busy != nullptr) {
      const std::size_t index = active.index;
      remove(active);
      (*postpone_)(index, *busy);
      return true;
    }
    current_ = active.startable() ? &active : nullptr;
    settle(active);
    return true;
  }

  void start(ActiveTask& active, std::uint64_t index) {
    ExtentRequest asked = active.execution.request(index);
    const std::size_t tag = free_.back();
    ExtentInFlight& slot = extents_[tag];
    if (asked.scratch_bytes > 0) {
      auto buffer = pool::BufferPool::instance().acquire(asked.scratch_bytes);
      if (!buffer.ok()) {
        give_up(active, std::move(buffer).error());
        return;
      }
      slot.scratch = std::move(*buffer);
      asked.extent.into = slot.scratch.data();
    }
    free_.pop_back();
    slot.scratch_bytes = scratch_of(asked);
    active.scratch_in_flight += slot.scratch_bytes;
    slot.active = &active;
    slot.index = index;
    active.in_flight++;
    slot.direct = asked.extent.file.direct();
    channel_.start(tag, asked.extent);
  }

  void end_one() {
    Channel::Done done = channel_.next();
    ExtentInFlight& slot = extents_[done.tag];
    ActiveTask& active = *slot.active;
    active.in_flight--;
    active.scratch_in_flight -= slot.scratch_bytes;
    const std::uint64_t by_pread = slot.direct ? kEngineDirect : kEnginePread;
    context_.counters[kEngines] |= done.blocking ? by_pread : kEngineUring | (slot.direct ? kEngineDirect : 0);
    free_.push_back(done.tag);
    pool::Buffer scratch = std::move(slot.scratch);
    {
      const Counted counted(*this, active);
      if (!done.bytes.ok()) {
        Status filled = std::move(done.bytes).error();
        if (!active.failed) filled = active.execution.fill_if_absent(std::move(filled).error(), context_);
        if (!filled.ok()) give_up(active, std::move(filled).error());
      } else if (!active.failed) {
        auto next = active.execution.finish(slot.index, *done.bytes, scratch.span(), context_);
        if (!next.ok())
          give_up(active, std::move(next).error());
        else if (*next == TaskExecution::Next::again)
          start(active, slot.index);
      }
    }
    scratch.reset();  // Before the reservation of the task ends.
    settle(active);
  }

  void give_up(ActiveTask& active, Error error) {
    active.failed = true;
    if (current_ == &active) current_ = nullptr;
    read_.fail(active.index, std::move(error));
  }

  void settle(ActiveTask& active) {
    if (!active.over()) return;
    if (!active.failed) {
      read_.progress.add_bytes(active.bytes);
      read_.progress.add_task(active.chunks);
    }
    remove(active);
  }

  void remove(const ActiveTask& active) {
    // The reservations of the other tasks cover the scratch memory of this thread.
    if (tasks_.size() == 1 && pool::Budget::instance().is_strict()) pool::ThreadScratch::get().trim(0);
    tasks_.remove_if([&](const ActiveTask& other) { return &other == &active; });
  }

  /// Adds the changes of the counters within a scope to the counters of one task.
  class Counted {
   public:
    Counted(ExtentPipeline& runner, ActiveTask& active)
        : counters_(runner.context_.counters),
          active_(active),
          bytes_(counters_[kBytesDone]),
          chunks_(counters_[kChunksDone]) {}
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() {
      active_.bytes += counters_[kBytesDone] - bytes_;
      active_.chunks += counters_[kChunksDone] - chunks_;
    }

   private:
    ReadCounters& counters_;
    ActiveTask& active_;
    std::uint64_t bytes_;
    std::uint64_t chunks_;
  };

  ReadState& read_;
  Channel& channel_;
  const pool::Slice& slice_;
  const Postpone* postpone_;
  TaskContext context_;
  std::vector<ExtentInFlight> extents_;
  std::vector<std::size_t> free_;
  std::list<ActiveTask> tasks_;
  ActiveTask* current_ = nullptr;
  TaskCursor cursor_{true, std::nullopt};
  bool begun_ = false;                      // True after the first task was taken.
  bool yields_ = false;                     // True if no further task may be taken.
  std::optional<std::size_t> taken_index_;  // Index of a task that was taken but still waits for memory.
};

pool::JobStep run_extent_pipeline(ReadState& read, Channel& channel, ReadCounters& counters, const pool::Slice& slice,
                                  const Postpone* postpone) {
  return ExtentPipeline(read, channel, counters, slice, postpone).run();
}

}  // namespace posixpar
