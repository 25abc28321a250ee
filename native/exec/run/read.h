#pragma once
/// \file One read of one plan: shares its tasks out to the lanes of the pool and ends when none can touch memory any
/// more.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "native/base/result.h"
#include "native/exec/page_cache/snapshot.h"
#include "native/exec/plan/plan.h"
#include "native/exec/run/io_ranges.h"
#include "native/exec/run/leases.h"
#include "native/exec/run/prefill.h"
#include "native/exec/run/untouched.h"
#include "native/exec/strategy/work.h"
#include "native/pool/cancel.h"
#include "native/pool/job.h"
#include "native/pool/run_queue.h"

namespace posixpar {

/// Contract: `target` stays valid until the read has ended, which is when start() has called `on_end`, or run_sync() or
/// run_inline() has returned true. All tasks have then stopped; the first error in plan order is the read's error.
/// After the last byte, every open file of the plan is compared with what it was when it was opened: a change makes the
/// read fail.
class Read final : public pool::Job, public std::enable_shared_from_this<Read> {
 public:
  /// \param mask  a byte for each element where the plan asks for a mask, else null.
  Read(Plan plan, std::byte* target, std::byte* mask = nullptr);

  /// Makes the plan of a read that takes long to plan.
  using MakePlan = std::function<Result<Plan>()>;
  /// A read whose plan is made and prepared by the pool's thread that begins it. Call neither prepare() nor
  /// run_inline() or run_sync() of it. \param make  is called once; what it refers to must stay until the read has
  /// ended.
  Read(MakePlan make, std::byte* target, std::byte* mask);

  /// Decides engines and cuts tasks. Call once, before anything else. Nothing is read but samples of residency.
  void prepare();
  /// Does the read now on this thread if it is small and all in memory. \returns false when it was not: then start() or
  /// run_sync() goes on where it stopped.
  /// \param may_open  whether this thread may wait for files to be opened; else only open ones are read.
  bool run_inline(bool may_open);
  /// Blocks until the read has ended; the calling thread helps.
  void run_sync();
  /// Returns at once. `on_end` is called once, on any thread, when the read has ended.
  void start(std::function<void()> on_end);
  /// Drops tasks that have not started; the read ends with `cancelled`.
  void cancel();

  /// After the end: what happened.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  /// Writes the statistics. After the end they are complete; before it they cover finished tasks and live progress.
  void stats(std::span<double> words) const;

  pool::JobStep run(const pool::Slice& slice) override;
  /// The device of its first file.
  [[nodiscard]] std::uint64_t device_id() const override;
  [[nodiscard]] pool::Demand demand() const override { return demand_; }
  void finished() override;

 private:
  friend class PartsRunner;

  /// Makes and prepares the plan, and asks for the threads that it wants. \returns false if the read is over or goes on
  /// on other threads.
  bool make_plan();
  /// Runs tasks one by one until none is left or the slice is over; without a channel on the compute lane, where
  /// nothing waits.
  pool::JobStep run_tasks(Channel* channel, ReadCounters& counters, const pool::Slice& slice);
  /// The same on the I/O lane, by the engine of the plan.
  pool::JobStep run_waiting(ReadCounters& counters, const pool::Slice& slice);
  /// Runs tasks part by part, as many parts in flight as the channel takes.
  pool::JobStep run_parts(Channel& channel, ReadCounters& counters, const pool::Slice& slice);
  void count_done(std::uint64_t bytes, std::uint64_t chunks);
  /// Whether the files of all tasks are best opened and read in batches by a ring (docs/adr/0005-many-files.md).
  [[nodiscard]] bool is_batched() const;
  /// Whether it would bring something into the page cache where it is to leave nothing. Then it does not try the page
  /// cache first: a read that may not wait has the kernel begin to read, and nobody would drop that.
  [[nodiscard]] bool must_not_populate_cache() const;
  /// Of a read that must_not_populate_cache(): whether it goes past the page cache, where nothing of it is.
  [[nodiscard]] bool prefers_direct_io() const;
  /// The read waits for the storage by itself.
  [[nodiscard]] bool waits() const { return plan_.waits() || batched_ || cold_ || drop_behind_; }
  [[nodiscard]] bool by_uring() const { return plan_.by_uring() || batched_; }
  [[nodiscard]] ChannelOptions channel_options(unsigned threads) const;
  [[nodiscard]] std::unique_ptr<Channel> open_channel() const;
  /// The result, where it is worthwhile that a ring pins it; else nothing.
  [[nodiscard]] std::span<std::byte> pinned_memory() const;
  /// Threads that wait for the storage.
  [[nodiscard]] unsigned waiting_threads() const;
  /// A thread's place among those that share the tasks.
  struct TaskCursor {
    bool io_lane = false;
    std::optional<std::size_t> io_range;  ///< Its own, once there are streams.
  };
  /// \returns false when no task is left for this thread.
  bool next_task(TaskCursor& cursor, std::size_t& index);
  /// Of those that nobody has tried.
  bool next_untried(std::size_t& index);
  void defer(std::size_t index);
  /// The thread stops for now; another one goes on where it stopped.
  void yield(TaskCursor& cursor);
  /// Whether it is known to be cold, and so few tasks that trying them in the page cache first would only delay it.
  [[nodiscard]] bool is_cold() const;
  /// Leaves all tasks that nobody has tried to the I/O lane.
  void hand_remaining_to_io_lane();
  void fail(std::size_t index, Error error);
  /// Fills the part of the result that no layer supplies. \returns as Prefill::run().
  bool prefill(const pool::Slice& slice);
  /// Takes leases and snapshots page-cache residency, if wanted. Every thread calls it before it reads; the first does
  /// it.
  void prepare_files();
  /// \returns false if a lease of the read is broken: then the read has failed.
  bool keeps_leases();
  /// Fails the read because files changed: other errors follow from that.
  void fail_changed(Error error);
  void check_unchanged(ReadCounters& counters);
  /// Fails the read because a file changed, unless an error came before that the change does not explain.
  void report_change(Error error);
  /// Reports a change if the read failed because of data in a file that was modified while the read ran.
  void explain_data_error(ReadCounters& counters);
  /// Guards against a result with holes: a read without an error has performed every task.
  void check_complete();
  void end();
  void add(const ReadCounters& counters);
  [[nodiscard]] unsigned wanted_threads() const;

  MakePlan make_plan_;  // Until the plan is made.
  std::atomic<bool> is_prepared_{true};
  Plan plan_;
  std::byte* target_;
  std::byte* mask_;
  bool small_ = false;
  bool on_caller_ = false;
  bool batched_ = false;
  bool cold_ = false;  // Short, and seen not to be in the page cache.
  bool drop_behind_ = false;
  std::uint64_t begin_ns_ = 0;
  std::uint64_t begin_realtime_ns_ = 0;
  std::vector<std::unique_ptr<LayerRead>> layers_;
  std::vector<Task> tasks_;
  bool takes_snapshots_ = false;
  std::mutex files_mutex_;  // Guards files_prepared_, and snapshots_ until all threads have passed it.
  bool files_prepared_ = false;
  ReadLeases leases_;
  std::vector<ResidencySnapshot> snapshots_;  // Of open files.
  pool::CancelToken cancel_;
  pool::Demand demand_;
  std::function<void()> on_end_;

  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::atomic<bool> engine_replaced_{false};
  std::atomic<unsigned> cold_streak_{0};  // Tasks in a row that would have had to wait.
  Prefill prefill_;
  std::atomic<std::size_t> tasks_done_{0};
  std::atomic<std::uint64_t> live_bytes_{0};
  UntouchedBytes untouched_;
  std::atomic<std::uint64_t> live_chunks_{0};

  mutable std::mutex mutex_;           // Guards what follows.
  std::vector<std::size_t> deferred_;  // A heap, the first in plan order in front.
  std::size_t io_threads_ = 0;         // That were asked to take what was deferred, and have not found nothing left.
  std::optional<IoRanges> io_ranges_;  // Once what is left is known to be cold.
  std::optional<Error> error_;
  std::size_t error_index_ = 0;
  std::vector<std::thread::id> threads_;  // That had a part in it.
  ReadCounters total_;
};

}  // namespace posixpar
