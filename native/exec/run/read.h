#pragma once
/// \file One read of one plan: shares its tasks among the lanes of the pool, and ends when none can touch memory any
/// more.
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

/// Contract: `target` stays valid until the read has ended, which is when start() has called `on_end`,
/// run_on_caller() has returned, or run_without_waiting() has returned true. All tasks have then stopped; the first
/// error in plan order is the read's error. After the last byte, every open file of the plan is compared with what it
/// was when it was opened: a change makes the read fail.
class Read final : public pool::Job, public std::enable_shared_from_this<Read> {
 public:
  /// \param mask  one byte per element if the plan asks for a mask, else null.
  Read(Plan plan, std::byte* target, std::byte* mask = nullptr);

  /// Makes the plan of a read that takes long to plan.
  using MakePlan = std::function<Result<Plan>()>;
  /// A read whose plan is made by the first thread of the pool that runs it. Call only count_new_memory() and start().
  /// \param make  is called once; what it refers to must stay until the read has ended.
  Read(MakePlan make, std::byte* target, std::byte* mask);

  /// Counts `bytes` of new memory that the read will write (untouched.h). Call before the read begins.
  void count_new_memory(std::uint64_t bytes) { state_.progress.begin(bytes); }

  /// Runs the read on the calling thread if it is small, plain and cached, by calls that cannot wait: RWF_NOWAIT and a
  /// cached statx. Takes the place of start(). \returns false if that is not possible or not certain: then call
  /// start().
  bool run_without_waiting();
  /// Returns at once; makes no call that can wait. `on_end` is called once, on any thread, when the read has ended.
  void start(std::function<void()> on_end);

  /// Blocks until the read has ended; the calling thread helps. Takes the place of start().
  void run_on_caller();
  /// Drops tasks that have not started; the read ends with `cancelled`.
  void cancel();

  /// The first error in plan order. \pre the read has ended.
  [[nodiscard]] const std::optional<Error>& error() const { return state_.error; }
  /// Writes the statistics. After the end they are complete; before it they cover finished tasks and live progress.
  void stats(std::span<double> words) const { state_.progress.write(words); }

  pool::JobStep run(const pool::Slice& slice) override;
  [[nodiscard]] std::uint64_t device_id() const override { return state_.device_id(); }
  [[nodiscard]] pool::Demand demand() const override {
    return state_.strategy ? state_.strategy->demand : pool::Demand{};
  }
  void finished() override;

 private:
  /// Chooses the strategy. Reads nothing but samples of residency, and may wait. Call before the next two.
  void prepare();
  /// Runs the read now on this thread if it is small and all of its data is in memory. May wait. \returns false if it
  /// is not: then run_sync() continues.
  bool run_inline();
  /// Blocks until the read has ended; the calling thread helps.
  void run_sync();
  /// Makes the plan if that is still to do, chooses the strategy, and asks for its threads. \returns false if the read
  /// is over or continues on other threads.
  bool begin_on_pool();
  /// Runs the tasks of run_without_waiting(). \returns false if one of them would have to wait, or failed.
  bool try_without_waiting();
  /// Frees the plan after the end, on the thread of the pool: that may take long, and may close files.
  void free_plan();
  /// Runs tasks one by one until none is left or the slice is over. Without a channel, on the compute lane, no task
  /// waits for the storage.
  pool::JobStep run_tasks(Channel* channel, ReadCounters& counters, const pool::Slice& slice);
  /// Runs tasks through a channel of the strategy's engine.
  pool::JobStep run_waiting(ReadCounters& counters, const pool::Slice& slice);
  [[nodiscard]] std::unique_ptr<Channel> open_channel() const;
  /// Leaves a task to the I/O lane: it has to wait for the storage.
  void defer(std::size_t index);
  /// Returns for how long this thread has been runnable without a core; 0 if the system does not tell, and for small
  /// reads, since asking takes a tenth of their time.
  [[nodiscard]] std::uint64_t run_delay_ns() const;
  /// Fills the part of the result that no layer supplies. \returns as Prefill::run().
  bool prefill(const pool::Slice& slice);
  /// Takes leases and snapshots page-cache residency, if wanted. Every thread calls it before it reads; the first one
  /// does it.
  void prepare_files();
  void check_unchanged(ReadCounters& counters);
  /// Fails the read because a file changed, unless an error came before that the change does not explain.
  void report_change(Error error);
  /// Reports a change if the read failed because of data in a file that was modified while the read ran.
  void explain_data_error(ReadCounters& counters);
  /// Guards against a result with holes: a read without an error has executed every task.
  void check_complete();
  /// Reports engines that the system refused.
  void note_refusals();
  /// \param counters counters of the calling thread that are not merged yet.
  void end(ReadCounters counters);

  MakePlan make_plan_;  // Until the plan is made.
  ReadState state_;
  std::uint64_t begin_ns_ = 0;
  std::uint64_t begin_realtime_ns_ = 0;
  bool on_caller_ = false;                    // It ran on the calling thread.
  std::atomic<bool> engine_replaced_{false};  // The system refused the engine of a channel.
  std::once_flag files_prepared_;
  ReadDropBehind drop_behind_;
  Prefill prefill_;
  std::function<void()> on_end_;
};

}  // namespace posixpar
