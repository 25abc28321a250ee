#pragma once
/// \file The threads of the process: one pool with a compute lane and I/O lanes. It does not use the threads of libuv.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "native/base/result.h"
#include "native/pool/job.h"
#include "native/pool/lease_watch.h"

namespace posixpar::pool {

struct PoolOptions {
  unsigned threads = 0;     ///< Maximum number of compute threads; 0 means sys::available_parallelism().
  unsigned io_threads = 0;  ///< Maximum number of I/O threads per device; 0 means max(16, 2 * cores).
  /// Time for which an idle compute thread spins before it sleeps, in microseconds.
  unsigned spin_us = kDefaultSpin;
  static constexpr unsigned kDefaultSpin = ~0U;  ///< The best measured value for this number of cores.
  /// Time after which an I/O thread that has been in one call is regarded as stuck, so that another thread may start.
  unsigned stuck_ms = 1000;
};

/// Numbers of threads and queued copies at one moment.
struct PoolCounters {
  unsigned compute_threads = 0;  ///< Number of live threads.
  unsigned io_threads = 0;
  unsigned queued_compute = 0;  ///< Number of copies of jobs that wait for a compute thread.
  unsigned queued_io = 0;
  std::uint64_t spawned = 0;  ///< Number of threads that were ever started.
};

/// Runs jobs on lanes (groups of threads). A job runs as one or several copies (job.h), each on a different thread.
/// - The compute lane decodes, copies, and reads from the page cache. By default, it has one thread per available core.
/// - An I/O lane makes calls that may wait for a device. By default, it has more threads than there are cores. Each
/// device (Job::device_id) has an I/O lane, so that a slow device does not delay the others. Beyond 16 lanes, devices
/// share a lane.
///
/// Threads start when they are needed; idle I/O threads end after 5 s. Up to 256 I/O threads that are stuck in a system
/// call do not count towards the thread limit of their lane. So other work of the device still gets threads. A thread
/// takes the queued copy with the earliest due time. A copy of a long job yields its thread if another copy is due
/// earlier (run_queue.h). In a child after fork(), the pool rejects work and joins no threads.
class ThreadPool {
 public:
  /// Returns the pool of the process, which is never destroyed. attach() and detach() start and join the threads.
  static ThreadPool& instance();

  /// Makes a pool for tests; the program uses instance().
  explicit ThreadPool(PoolOptions options);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Runs all queued copies, then joins the threads.
  ~ThreadPool();

  /// Changes the limits. If the limit of a lane grows and copies wait, more threads start at once. If it shrinks,
  /// superfluous threads end after their current slice.
  void configure(PoolOptions options);
  /// Returns the current limits, with defaults filled in.
  [[nodiscard]] PoolOptions options() const;
  /// Returns the maximum number of threads of a lane. It is useless to submit more copies of a job than this.
  [[nodiscard]] unsigned width(Lane lane) const;

  /// Queues `copies` (>= 1) copies of `job`.
  /// \returns `io` if no thread is alive and none can be started, `unsupported` in a forked child. In both cases,
  /// nothing is queued.
  Status submit(Lane lane, const std::shared_ptr<Job>& job, unsigned copies);

  /// Removes the copies of `job` that no thread has started, in both lanes. \returns their number. If no other copy is
  /// left, finished() runs in this call.
  unsigned revoke(const std::shared_ptr<Job>& job);

  /// Runs a job and blocks until all its copies have ended. Queues `copies - 1` copies on the lane and runs one copy on
  /// the calling thread. Then removes the copies that have not started in this lane, and waits for the others. If no
  /// thread can be started, the calling thread does all the work.
  void run_here(Lane lane, const std::shared_ptr<Job>& job, unsigned copies);

  /// Prevents `job` from finishing until release() is called, so that the caller can still submit copies.
  void hold(const std::shared_ptr<Job>& job);
  /// Ends a hold(); finished() may run in this call.
  void release(const std::shared_ptr<Job>& job);

  /// Computes the due time of `job` on `lane` again. Call it when the demand of the job has become known.
  void readmit(Lane lane, const std::shared_ptr<Job>& job);
  /// Lets the queued copies of `job` run before all others, so that a job that was cancelled ends soon.
  void expedite(const std::shared_ptr<Job>& job);

  /// Called when a JS environment (main thread or worker) begins to use the pool.
  void attach();
  /// Called when a JS environment ends, after it has cancelled its operations. When the last environment ends, all
  /// queued copies are run and all threads are joined; the next submit() starts threads again. Threads that are stuck
  /// in a system call are not joined: they end with the process, or when the call returns.
  void detach();
  /// True while at least one environment uses the pool.
  [[nodiscard]] bool is_attached() const;
  /// Runs all queued copies and joins all threads, even if environments are attached. \pre the caller is no thread of
  /// the pool.
  void shutdown() { drain(0); }

  [[nodiscard]] PoolCounters counters() const;

  /// Calls LeaseWatch::take(). The thread of the LeaseWatch ends together with the threads of the lanes.
  /// \returns `unsupported` in a forked child; otherwise, the same errors as LeaseWatch::take().
  Result<std::shared_ptr<WatchedLease>> take_lease(int fd, const std::string& path, const sys::Roots* roots,
                                                   std::atomic<bool>& broken);
  /// Calls LeaseWatch::end().
  void end_lease(WatchedLease& lease);

 private:
  void drain(std::uint64_t patience_ns);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace posixpar::pool
