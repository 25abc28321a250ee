#pragma once
/// \file The threads of the process: one pool, two lanes, never libuv's.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "native/base/result.h"
#include "native/pool/job.h"
#include "native/pool/lease_watch.h"

namespace posixpar::pool {

struct PoolOptions {
  unsigned threads = 0;     ///< Number of compute threads; 0: sys::available_parallelism().
  unsigned io_threads = 0;  ///< Number of I/O threads; 0: max(16, 2 * cores).
  /// Time for which an idle compute thread spins before it sleeps, in microseconds.
  unsigned spin_us = kDefaultSpin;
  static constexpr unsigned kDefaultSpin = ~0U;  ///< The best measured value for this number of cores.
  /// Time after which an I/O thread that has been in one call is regarded as stuck, so that another thread may start.
  unsigned stuck_ms = 1000;
};

struct PoolCounters {
  unsigned compute_threads = 0;  ///< Number of live threads.
  unsigned io_threads = 0;
  unsigned queued_compute = 0;  ///< Number of copies of jobs that wait for a compute thread.
  unsigned queued_io = 0;
  std::uint64_t spawned = 0;  ///< Number of threads that were ever started.
};

/// The pool has two lanes:
/// - The compute lane has as many threads as cores, for decoding, scattering and reads from the page cache.
/// - The I/O lane has more threads than cores, for calls that may wait. Each device (Job::device_id) has its own
///   threads, so that a slow device does not delay the others.
///
/// Threads start when they are needed; idle I/O threads end after 5 s. I/O threads that are stuck in a call do not
/// count towards the limit, so a device that hangs cannot block other work on the same threads. Threads take copies by
/// due time, and copies of long jobs yield their thread to copies that are due earlier (run_queue.h). In a child after
/// fork(), the pool rejects work and does nothing at exit.
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

  /// Changes the limits. If copies wait, more threads start at once; superfluous threads end after their current slice.
  void configure(PoolOptions options);
  /// Returns the current limits, with defaults filled in.
  [[nodiscard]] PoolOptions options() const;
  /// Returns the maximum number of threads of a lane (for one device) that run at once. More copies are useless.
  [[nodiscard]] unsigned width(Lane lane) const;

  /// Queues `copies` (>= 1) copies of `job`.
  /// \returns `io` if no thread is alive and none can be started, `unsupported` in a forked child; nothing is queued
  /// then.
  Status submit(Lane lane, const std::shared_ptr<Job>& job, unsigned copies);

  /// Removes the copies of `job` that no thread has started, in both lanes. \returns their number. If no other copy is
  /// left, finished() runs in this call.
  unsigned revoke(const std::shared_ptr<Job>& job);

  /// Runs a job and blocks until all its copies have ended. Queues `copies - 1` copies on the lane and runs one copy on
  /// the calling thread. Then removes the copies that have not started in this lane, and waits for the others. If no
  /// thread can be started, the calling thread does all the work.
  void run_here(Lane lane, const std::shared_ptr<Job>& job, unsigned copies);

  /// Keeps `job` from finishing until release(), so that the caller can decide if it submits more copies.
  void hold(const std::shared_ptr<Job>& job);
  /// Ends a hold(); finished() may run in this call.
  void release(const std::shared_ptr<Job>& job);

  /// Computes the due time of `job` on the compute lane again, after its demand became known.
  void readmit(const std::shared_ptr<Job>& job);
  /// Lets the queued copies of `job` run before all others, so that a job that was cancelled ends soon.
  void expedite(const std::shared_ptr<Job>& job);

  /// Called when a JS environment (main thread or worker) begins to use the pool.
  void attach();
  /// Called when a JS environment ends, after it has cancelled its reads. When the last environment ends, all queued
  /// copies are run and all threads are joined; the next submit() starts threads again. Threads that are stuck in a
  /// call are not joined: they end with the process, or when the call returns.
  void detach();
  /// True while at least one environment uses the pool.
  [[nodiscard]] bool is_attached() const;
  /// Runs all queued copies and joins all threads, even if environments are attached. \pre the caller is no thread of
  /// the pool.
  void shutdown() { drain(0); }

  [[nodiscard]] PoolCounters counters() const;

  /// Calls LeaseWatch::take(). The thread of the LeaseWatch ends together with the threads of the lanes.
  /// \returns as LeaseWatch::take(), or `unsupported` in a forked child.
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
