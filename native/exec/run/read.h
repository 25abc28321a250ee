#pragma once
/// \file Executes one plan: distributes its tasks to threads of the pool, and ends when no thread accesses the result
/// any more.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "native/base/result.h"
#include "native/exec/page_cache/drop_behind.h"
#include "native/exec/plan/plan.h"
#include "native/exec/run/prefill.h"
#include "native/exec/run/read_state.h"
#include "native/pool/job.h"
#include "native/pool/run_queue.h"

namespace posixpar {

/// One read. `target` is null if the plan has a sink. It must stay valid until the read has ended: until start() has
/// called `on_end`, run_on_caller() has returned, or run_without_waiting() has returned true. All tasks have then
/// stopped. The error of the read is the first error in plan order. After the last byte, the read checks that its open
/// files have not changed since they were opened, and fails if one has.
class Read final : public pool::Job, public std::enable_shared_from_this<Read> {
 public:
  /// \param mask  one byte per element if the plan asks for a mask, else null.
  Read(Plan plan, std::byte* target, std::byte* mask = nullptr);

  /// Function that decodes a plan. Used for large plans, because decoding them takes too long for the JavaScript
  /// thread.
  using MakePlan = std::function<Result<Plan>()>;
  /// Creates a read whose plan is made by the first thread of the pool that runs it. Call start() on it, not
  /// run_without_waiting() or run_on_caller().
  /// \param make  is called once; objects to which it refers must stay valid until the read has ended.
  Read(MakePlan make, std::byte* target, std::byte* mask);

  /// Counts `bytes` of new memory that the read will write (untouched.h). Call before the read begins.
  void count_new_memory(std::uint64_t bytes) { state_.progress.begin(bytes); }

  /// Runs the read on the calling thread if it is small, its data is cached, and its chunks are not encoded. Makes only
  /// system calls that cannot wait: reads with RWF_NOWAIT, and a statx that the kernel answers from memory. May also
  /// copy from a mapping, if its pages were accessed a moment ago.
  /// \returns true if the read has ended. Otherwise call start().
  bool run_without_waiting();
  /// Starts the read on the pool and returns at once, without waiting. `on_end` is called once, on any thread, when the
  /// read has ended.
  void start(std::function<void()> on_end);

  /// Becomes true when a thread of the pool begins the read.
  [[nodiscard]] const std::atomic<bool>& has_begun() const { return has_begun_; }

  /// Runs the read and blocks until it has ended; the calling thread executes tasks, too. Call it instead of start().
  void run_on_caller();
  /// Cancels the read: no further task starts. The read ends with the error `cancelled` unless it was already ending.
  void cancel();

  /// The first error in plan order. \pre the read has ended.
  [[nodiscard]] const std::optional<Error>& error() const { return state_.error; }
  /// Writes the statistics, as Progress::write().
  void stats(std::span<double> words) const { state_.progress.write(words); }

  pool::JobStep run(const pool::Slice& slice) override;
  [[nodiscard]] std::uint64_t device_id() const override { return state_.device_id(); }
  [[nodiscard]] pool::Demand demand() const override {
    return state_.strategy ? state_.strategy->demand : pool::Demand{};
  }
  void finished() override;

 private:
  /// Chooses the strategy. May wait, and may read single bytes to sample residency. Call it before run_inline() and
  /// run_sync().
  void prepare();
  /// Runs the read on this thread if it is small and all of its data is in memory. May wait. \returns true if the read
  /// has ended. Otherwise call run_sync().
  bool run_inline();
  /// Runs the read and blocks until it has ended; the calling thread executes tasks, too.
  void run_sync();
  /// Makes the plan if it is not yet made, chooses the strategy, and requests the threads of the read. \returns false
  /// if the read has ended or continues on threads of another lane.
  /// \param lane  the lane of the calling thread.
  bool begin_on_pool(pool::Lane lane);
  /// Runs the tasks of run_without_waiting(). \returns false if a task would have to wait or failed, or if the file may
  /// have changed since it was opened. \param mapping  for Mode::mapped; else null.
  bool try_without_waiting(std::shared_ptr<sys::Mapping> mapping);
  /// Frees the plan after the end of the read, on a thread of the pool, because this may take long and may close files.
  void free_plan();
  /// Runs tasks one by one until none is left or the slice is over. On the compute lane there is no channel, and no
  /// task waits for the storage.
  pool::JobStep run_tasks(Channel* channel, ReadCounters& counters, const pool::Slice& slice);
  /// Runs tasks through a channel of the strategy's engine.
  pool::JobStep run_waiting(ReadCounters& counters, const pool::Slice& slice);
  [[nodiscard]] std::unique_ptr<Channel> open_channel() const;
  /// Hands a task to the I/O lane, because it must wait for the storage.
  void defer(std::size_t index);
  /// Postpones a task that needs the chunk `busy`, which another thread is decoding. The task runs again on the I/O
  /// lane when that thread has put the chunk into the chunk cache or has given up, or when the read is cancelled. Until
  /// then, the task occupies no thread.
  void postpone(std::size_t index, pool::ChunkCache::Flight& busy);
  /// Hands a postponed task to the I/O lane. Does nothing if this has already happened.
  void resume(std::size_t index);
  /// Returns the total time for which this thread was ready to run but had no CPU. Returns 0 if the system does not
  /// report it, and for small reads, because the call takes a tenth of their time.
  [[nodiscard]] std::uint64_t run_delay_ns() const;
  /// Writes the fill value to the result if the plan needs it (prefill.h). \returns the result of Prefill::run().
  bool prefill(const pool::Slice& slice);
  /// Takes leases and snapshots of page-cache residency, if the plan wants them. Every thread calls it before it reads;
  /// the first call does the work.
  void prepare_files();
  void check_unchanged(ReadCounters& counters);
  /// Fails the read because a file changed. If the read has already failed, this error replaces only an error that the
  /// change may have caused (is_data_error()).
  void report_change(Error error);
  /// If the read failed with a data error (is_data_error()) in a file that was modified during the read, reports the
  /// change instead.
  void explain_data_error(ReadCounters& counters);
  /// Fails a read that has no error but has not executed every task.
  void check_complete();
  /// Records in the statistics which engines the system rejected.
  void note_refusals();
  /// Ends the read after all tasks have stopped.
  /// \param counters counters of the calling thread that are not merged yet.
  void end(ReadCounters counters);

  MakePlan make_plan_;  // Empty once the plan has been made.
  ReadState state_;
  std::uint64_t begin_ns_ = 0;
  std::uint64_t begin_realtime_ns_ = 0;
  bool is_sync_ = false;    // True if the calling thread waits for the end of the read.
  bool on_caller_ = false;  // True if run_inline() has executed the read.
  std::atomic<bool> has_begun_{false};
  std::atomic<bool> engine_replaced_{false};  // True if the system rejected the engine of a channel.
  std::once_flag files_prepared_;
  ReadDropBehind drop_behind_;
  Prefill prefill_;
  std::function<void()> on_end_;
};

}  // namespace posixpar
