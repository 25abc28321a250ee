#include <list>
#include <vector>

#include "native/exec/run/read.h"
#include "native/exec/run/task_execution.h"
#include "native/pool/budget.h"
#include "native/pool/buffers.h"

namespace posixpar {
namespace {

/// A task of which parts are under way.
struct Flight {
  std::size_t index = 0;
  LayerRead* work = nullptr;
  std::optional<pool::Reservation> memory;
  TaskExecution run;
  std::uint64_t next_part = 0;
  std::uint64_t under_way = 0;
  bool failed = false;
  std::uint64_t bytes = 0;
  std::uint64_t chunks = 0;

  [[nodiscard]] bool startable() const { return !failed && next_part < run.parts(); }
  [[nodiscard]] bool over() const { return under_way == 0 && !startable(); }
};

/// A part under way; its number is the tag of its extent.
struct PartFlight {
  Flight* flight = nullptr;
  std::uint64_t part = 0;
  bool direct = false;
  pool::Buffer scratch;
};

}  // namespace

/// One thread's part of a read by a channel that has many extents under way.
class PartsRunner {
 public:
  PartsRunner(Read& read, Channel& channel, ReadCounters& counters, const pool::Slice& slice)
      : read_(read),
        channel_(channel),
        slice_(slice),
        context_{read.plan_,  read.target_, read.mask_, &channel, counters, {&ComputeGate::instance(), slice.due_ns()},
                 read.cancel_},
        parts_(channel.depth()) {
    for (std::size_t i = parts_.size(); i > 0; i--) free_.push_back(i - 1);
  }

  pool::JobStep run() {
    for (;;) {
      while (!free_.empty() && start_one()) {
      }
      if (free_.size() < parts_.size())
        end_one();
      else if (!taken_index_)
        break;
    }
    if (!yields_) return pool::JobStep::done;
    read_.yield(cursor_);
    return pool::JobStep::yielded;
  }

 private:
  /// Starts a part of the current task, or begins the next one. \returns false when there is none, or no memory for it
  /// yet.
  bool start_one() {
    if (current_ == nullptr && !begin_task()) return false;
    if (current_ == nullptr) return true;  // That task needed no reading.
    Flight& flight = *current_;
    if (read_.cancel_.cancelled()) {
      Error error;
      error.kind = ErrorKind::cancelled;
      error.op = "read";
      give_up(flight, std::move(error));
    } else {
      start(flight, flight.next_part++);
    }
    if (!flight.startable()) current_ = nullptr;
    settle(flight);
    return true;
  }

  bool begin_task() {
    if (!taken_index_) {
      // What is in flight is finished first; then the thread goes to others.
      yields_ = yields_ || (begun_ && slice_.over());
      std::size_t index = 0;
      if (yields_ || !read_.next_task(cursor_, index)) return false;
      taken_index_ = index;
      begun_ = true;
    }
    Task& task = read_.tasks_[*taken_index_];
    LayerRead& work = *read_.layers_[task.work];
    auto& budget = pool::Budget::instance();
    // Only a thread that holds nothing may wait for memory: others that hold some wait for nobody.
    auto memory = flights_.empty()
                      ? budget.acquire(scratch_bytes(work), &read_.cancel_, slice_.due_ns(), read_.device_id())
                      : budget.try_acquire(scratch_bytes(work), read_.device_id());
    if (!memory && flights_.empty()) taken_index_.reset();  // Cancelled, which the next task finds too.
    if (!memory) return flights_.empty();
    Flight& flight = flights_.emplace_back();
    flight.index = *taken_index_;
    flight.work = &work;
    flight.next_part = task.done;
    flight.memory = std::move(memory);
    taken_index_.reset();
    {
      const Counted counted(*this, flight);
      if (work.mode != Mode::extents && work.mode != Mode::whole) {
        auto state = perform(task, work, context_);
        if (!state.ok()) give_up(flight, std::move(state).error());
      } else if (auto status = flight.run.begin(task, work, context_); !status.ok()) {
        give_up(flight, std::move(status).error());
      } else if (flight.run.chunk().inline_bytes != nullptr) {
        flight.run = TaskExecution();
        auto state = perform(task, work, context_);
        if (!state.ok()) give_up(flight, std::move(state).error());
      }
    }
    current_ = flight.startable() ? &flight : nullptr;
    settle(flight);
    return true;
  }

  void start(Flight& flight, std::uint64_t part) {
    Part asked = flight.run.part(part);
    const std::size_t tag = free_.back();
    PartFlight& slot = parts_[tag];
    if (asked.scratch_bytes > 0) {
      auto buffer = pool::BufferPool::instance().acquire(asked.scratch_bytes);
      if (!buffer.ok()) {
        give_up(flight, std::move(buffer).error());
        return;
      }
      slot.scratch = std::move(*buffer);
      asked.extent.into = slot.scratch.data();
    }
    free_.pop_back();
    slot.flight = &flight;
    slot.part = part;
    flight.under_way++;
    slot.direct = asked.extent.file.direct();
    channel_.start(tag, asked.extent);
  }

  void end_one() {
    Channel::Done done = channel_.next();
    PartFlight& slot = parts_[done.tag];
    Flight& flight = *slot.flight;
    flight.under_way--;
    const std::uint64_t by_pread = slot.direct ? kEngineDirect : kEnginePread;
    context_.counters[kEngines] |= done.blocking ? by_pread : kEngineUring | (slot.direct ? kEngineDirect : 0);
    free_.push_back(done.tag);
    pool::Buffer scratch = std::move(slot.scratch);
    {
      const Counted counted(*this, flight);
      if (!done.bytes.ok()) {
        Status filled = std::move(done.bytes).error();
        if (!flight.failed) filled = flight.run.fill_if_absent(std::move(filled).error(), context_);
        if (!filled.ok()) give_up(flight, std::move(filled).error());
      } else if (!flight.failed) {
        auto next = flight.run.finish(slot.part, *done.bytes, scratch.span(), context_);
        if (!next.ok())
          give_up(flight, std::move(next).error());
        else if (*next == TaskExecution::Next::again)
          start(flight, slot.part);
      }
    }
    settle(flight);
  }

  void give_up(Flight& flight, Error error) {
    flight.failed = true;
    if (current_ == &flight) current_ = nullptr;
    read_.fail(flight.index, std::move(error));
  }

  void settle(Flight& flight) {
    if (!flight.over()) return;
    if (!flight.failed) read_.count_done(flight.bytes, flight.chunks);
    flights_.remove_if([&](const Flight& other) { return &other == &flight; });
  }

  /// Attributes what a scope adds to the counters to one task.
  class Counted {
   public:
    Counted(PartsRunner& runner, Flight& flight)
        : counters_(runner.context_.counters),
          flight_(flight),
          bytes_(counters_[kBytesDone]),
          chunks_(counters_[kChunksDone]) {}
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() {
      flight_.bytes += counters_[kBytesDone] - bytes_;
      flight_.chunks += counters_[kChunksDone] - chunks_;
    }

   private:
    ReadCounters& counters_;
    Flight& flight_;
    std::uint64_t bytes_;
    std::uint64_t chunks_;
  };

  Read& read_;
  Channel& channel_;
  const pool::Slice& slice_;
  TaskContext context_;
  std::vector<PartFlight> parts_;
  std::vector<std::size_t> free_;
  std::list<Flight> flights_;
  Flight* current_ = nullptr;
  Read::TaskCursor cursor_{true, std::nullopt};
  bool begun_ = false;                      // A task was taken.
  bool yields_ = false;                     // No further one is.
  std::optional<std::size_t> taken_index_;  // Taken, but there was no memory for it yet.
};

pool::JobStep Read::run_parts(Channel& channel, ReadCounters& counters, const pool::Slice& slice) {
  return PartsRunner(*this, channel, counters, slice).run();
}

}  // namespace posixpar
