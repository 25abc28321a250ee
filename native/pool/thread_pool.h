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
  unsigned threads = 0;     ///< Compute threads; 0: sys::available_parallelism().
  unsigned io_threads = 0;  ///< I/O threads; 0: max(16, 2 * cores).
  /// Time for which an idle compute thread spins before it sleeps, in microseconds.
  unsigned spin_us = kDefaultSpin;
  static constexpr unsigned kDefaultSpin = ~0U;  ///< The value that measured best on this number of cores.
  /// An I/O thread that has been in one call for so long is taken for stuck: another one may start for what waits.
  unsigned stuck_ms = 1000;
};

struct PoolCounters {
  unsigned compute_threads = 0;  ///< Alive now.
  unsigned io_threads = 0;
  unsigned queued_compute = 0;  ///< Copies waiting for a thread.
  unsigned queued_io = 0;
  std::uint64_t spawned = 0;  ///< Threads ever started.
};

/// Compute lane: as many threads as cores, for decoding, scattering and reads from the page cache. I/O lane: more
/// threads than cores, for calls that have to wait, as many for each device (Job::device_id), so that a device that is
/// slow does not hold up the others. Threads start when work comes; idle I/O threads end after 5 s. I/O threads that
/// are stuck in a call do not count towards the limit, so that work of a device that hangs cannot block work that
/// shares its threads. Threads take copies by due time, and copies of long jobs give up their thread for what is due
/// earlier (run_queue.h). In a child after fork() the pool refuses work and does nothing at exit.
class ThreadPool {
 public:
  /// Never destroyed. attach()/detach() join the threads.
  static ThreadPool& instance();

  /// Makes a pool for tests; the program uses instance().
  explicit ThreadPool(PoolOptions options);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Runs what is queued, then joins.
  ~ThreadPool();

  /// Grows at once where work is queued; shrinks as threads end the copy that they run.
  void configure(PoolOptions options);
  /// The limits in force, with defaults filled in.
  [[nodiscard]] PoolOptions options() const;
  /// The number of threads of a lane (of one of its queues) that may run at once; a sensible number of copies.
  [[nodiscard]] unsigned width(Lane lane) const;

  /// Queues `copies` (>= 1) copies of `job`.
  /// \returns `io` when no thread can be started and no thread is alive, `unsupported` in a forked child; then nothing
  /// was queued.
  Status submit(Lane lane, const std::shared_ptr<Job>& job, unsigned copies);

  /// Takes back the copies of `job` that no thread has started, in both lanes. \returns how many. The last of them may
  /// be the last copy at all: then finished() runs here.
  unsigned revoke(const std::shared_ptr<Job>& job);

  /// Synchronous: `copies - 1` copies go to the lane, the caller runs one as if it were of that lane, takes back those
  /// that did not start in this lane, and waits for the others. If no thread can be started, the caller does all the
  /// work.
  void run_here(Lane lane, const std::shared_ptr<Job>& job, unsigned copies);

  /// Keeps `job` from finishing while the holder decides whether to submit more of it.
  void hold(const std::shared_ptr<Job>& job);
  /// Ends a hold(); finished() may run here.
  void release(const std::shared_ptr<Job>& job);

  /// Computes again when `job` is due on the compute lane, after its demand became known.
  void readmit(const std::shared_ptr<Job>& job);
  /// Lets the queued copies of `job` run before all others, so that a job that was cancelled ends soon.
  void expedite(const std::shared_ptr<Job>& job);

  /// One JS environment (main thread or worker) begins or ends to use the pool. When the last one ends, the queue is
  /// run empty and all threads are joined; the next submit starts them again. An environment cancels its reads first.
  void attach();
  /// Threads that are stuck in a call are not joined: they end with the process, or when the call returns.
  void detach();
  /// True while at least one environment uses the pool.
  [[nodiscard]] bool is_attached() const;
  /// Runs what is queued and joins all threads, whoever is attached. Not from a thread of the pool.
  void shutdown() { drain(0); }

  [[nodiscard]] PoolCounters counters() const;

  /// Takes a lease that a thread of the pool releases when it is broken: LeaseWatch::take(). The thread ends with those
  /// of the lanes. \returns also `unsupported` in a forked child.
  Result<std::shared_ptr<WatchedLease>> take_lease(int fd, const std::string& path, const sys::Roots* roots,
                                                   std::atomic<bool>& broken);
  /// LeaseWatch::end().
  void end_lease(WatchedLease& lease);

 private:
  void drain(std::uint64_t patience_ns);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace posixpar::pool
