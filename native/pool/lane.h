#pragma once
/// \file One lane of the pool: a queue of copies of jobs, and the threads that run them.
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "native/base/backoff.h"
#include "native/pool/run_queue.h"
#include "native/pool/thread_pool.h"

namespace posixpar::pool {

/// Constant settings of a lane.
struct LaneTraits {
  Lane lane;
  const char* prefix;          ///< Prefix of the thread names, such as "posixpar-c".
  std::uint64_t idle_exit_ns;  ///< Time after which an idle thread ends; 0 means never.
  /// A thread that runs one slice for longer than this is regarded as stuck in a system call, and does not count
  /// towards the limit of threads. 0 means never.
  std::uint64_t stuck_ns = 0;
  /// Called with the lane's lock if copies wait and all threads are busy. Must not block, and must arrange that
  /// find_stuck() is called later.
  std::function<void()> on_saturated{};
};

/// A queue of copies of jobs (job.h), and the threads that run them. Starts threads when copies wait. Thread-safe.
class ThreadLane {
 public:
  ThreadLane(LaneTraits traits, unsigned limit, std::uint64_t spin_ns);
  ThreadLane(const ThreadLane&) = delete;
  ThreadLane& operator=(const ThreadLane&) = delete;
  ~ThreadLane() { drain(); }

  /// Changes the limits.
  /// \param spin_ns   time for which an idle thread spins before it sleeps.
  /// \param spinners  maximum number of threads that spin at the same time.
  void configure(unsigned limit, std::uint64_t spin_ns, unsigned spinners);
  [[nodiscard]] unsigned limit() const;

  /// Queues copies as ThreadPool::submit() does. The caller has already counted them in the job.
  Status submit(const std::shared_ptr<Job>& job, unsigned copies);
  /// Removes the queued copies of `job`. \returns their number; the caller releases them (Job::release).
  unsigned take_back(Job& job);
  /// See ThreadPool::readmit.
  void readmit(Job& job);
  /// Lets the queued copies of `job` run before all others.
  void expedite(Job& job);
  /// Number of queued copies. Lock-free.
  [[nodiscard]] unsigned queued() const { return pending_.load(std::memory_order_relaxed); }

  /// Number of queued copies and live threads.
  [[nodiscard]] unsigned load() const;

  /// Runs all queued copies, including copies that are submitted during this call. Then ends and joins all threads.
  /// \param patience_ns  maximum time to wait for threads that still run a slice when the queue is empty. Threads that
  /// take longer are not joined. 0 waits for all threads.
  void drain(std::uint64_t patience_ns = 0);
  /// Looks for stuck threads, and starts other threads for the queued copies. \returns true if copies are still queued.
  bool find_stuck();
  /// Returns the number of live threads. Adds the number of threads that were ever started to `spawned`.
  unsigned alive(std::uint64_t& spawned) const;

 private:
  /// State of one thread. Guarded by mutex_.
  struct Worker {
    ThreadLane* lane = nullptr;
    pthread_t thread{};
    bool exited = false;        // True if the thread is about to end, so that joining it takes little time.
    bool stuck = false;         // True if the thread is counted in stuck_.
    std::int64_t begin_ns = 0;  // Time when its slice began; 0 if it runs no slice.
  };
  using Lock = std::unique_lock<std::mutex>;

  static void* enter(void* worker);
  void work(Worker& self);
  // The functions below need the lock.

  /// Waits until a copy is queued or the thread must end. \returns false if it must end.
  bool await_work(Lock& lock);
  /// Spins until a copy is queued, at most spin_ns_. Releases the lock while it spins.
  void spin(Lock& lock);
  /// Takes the copy that is due first from the queue, and runs it for one slice.
  void run_next(Worker& self, Lock& lock);
  /// Maximum number of live threads. Stuck threads do not count, up to a maximum.
  [[nodiscard]] unsigned allowed() const;
  /// Wakes or starts threads for queued copies. Call it after copies were queued or taken. It wakes or starts at most
  /// `fan_out` threads; each of them does the same, which distributes the cost of waking many threads.
  void ensure_workers(unsigned fan_out);
  Status spawn();
  void reap(std::list<Worker>& workers);

  const LaneTraits traits_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable ended_;
  RunQueue queue_;
  // Number of copies in queue_. Written with the lock; spinning threads read it without the lock.
  std::atomic<unsigned> pending_{0};
  unsigned limit_;
  std::uint64_t spin_ns_;
  unsigned max_spinners_ = 1;
  Backoff spins_;                    // Decides when threads spin (kMaxSkippedSpins).
  std::atomic<int> submit_cpu_{-1};  // CPU on which submit() was called last.
  unsigned live_ = 0;
  unsigned stuck_ = 0;
  unsigned sleeping_ = 0;
  unsigned waking_ = 0;    // Threads that were notified but do not have the lock yet.
  unsigned starting_ = 0;  // Threads that were started but do not have the lock yet.
  unsigned spinning_ = 0;
  unsigned draining_ = 0;
  unsigned next_name_ = 0;
  std::uint64_t spawned_ = 0;
  std::list<Worker> workers_;
};

}  // namespace posixpar::pool
