#pragma once
/// \file One lane of the pool: a queue of copies and the threads that run them.
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "native/pool/run_queue.h"
#include "native/pool/thread_pool.h"

namespace posixpar::pool {

/// Settings of the threads of a lane; fixed for its life.
struct LaneTraits {
  Lane lane;
  const char* prefix;          ///< Prefix of the thread names: "posixpar-c".
  std::uint64_t idle_exit_ns;  ///< An idle thread ends after so long; 0: never.
  /// A thread that runs one slice for so long is stuck in a call and does not count towards the limit; 0: never.
  std::uint64_t stuck_ns = 0;
  /// Called, with the lane's lock held, if copies wait although all threads are busy, so that find_stuck() is called.
  std::function<void()> on_saturated{};
};

class ThreadLane {
 public:
  ThreadLane(LaneTraits traits, unsigned limit, std::uint64_t spin_ns);
  ThreadLane(const ThreadLane&) = delete;
  ThreadLane& operator=(const ThreadLane&) = delete;
  ~ThreadLane() { drain(); }

  /// \param spinners  how many threads may spin at once; each of them for `spin_ns`.
  void configure(unsigned limit, std::uint64_t spin_ns, unsigned spinners);
  [[nodiscard]] unsigned limit() const;

  /// See ThreadPool::submit. The caller has counted the copies in the job.
  Status submit(const std::shared_ptr<Job>& job, unsigned copies);
  /// Removes the queued copies of `job`. The caller releases them.
  unsigned take_back(Job& job);
  /// See ThreadPool::readmit.
  void readmit(Job& job);
  /// Lets the queued copies of `job` run before all others.
  void expedite(Job& job);
  /// Lock-free.
  [[nodiscard]] unsigned queued() const { return pending_.load(std::memory_order_relaxed); }

  /// Copies that wait and threads alive.
  [[nodiscard]] unsigned load() const;

  /// Runs the queue empty, ends all threads and joins them. Work that arrives in the meantime is run, too.
  /// \param patience_ns once the queue is empty, threads that still run a slice after this time are detached: the
  /// process may end without them. 0: all are waited for.
  void drain(std::uint64_t patience_ns = 0);
  /// Looks for threads that are stuck, and starts others for the copies that wait. \returns whether copies still wait.
  bool find_stuck();
  /// \returns the threads alive; adds those ever started to `spawned`.
  unsigned alive(std::uint64_t& spawned) const;

 private:
  /// Guarded by mutex_.
  struct Worker {
    ThreadLane* lane = nullptr;
    pthread_t thread{};
    bool exited = false;        // It can be joined at once.
    bool stuck = false;         // Counted in stuck_.
    std::int64_t begin_ns = 0;  // Start time of its slice; 0 while it runs none.
  };
  using Lock = std::unique_lock<std::mutex>;

  static void* enter(void* worker);
  void work(Worker& self);
  // The rest needs the lock.

  /// Waits until there is work or a reason to end. \returns false to end.
  bool await_work(Lock& lock);
  /// Spins without the lock. \returns with the lock.
  void spin(Lock& lock);
  /// Runs a slice of the copy that is due first.
  void run_next(Worker& self, Lock& lock);
  /// The threads that may be alive: those that are stuck do not count, up to a bound.
  [[nodiscard]] unsigned allowed() const;
  /// After work was queued or taken: the thread that knows wakes or starts at most `fan_out` others, each of which does
  /// the same, so that neither the caller nor one thread pays for them all. Failing to start one leaves the others.
  void ensure_workers(unsigned fan_out);
  Status spawn();
  void reap(std::list<Worker>& workers);

  const LaneTraits traits_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable ended_;
  RunQueue queue_;
  // Copies in queue_. Written under the lock; read without it by spinning threads.
  std::atomic<unsigned> pending_{0};
  unsigned limit_;
  std::uint64_t spin_ns_;
  unsigned max_spinners_ = 1;
  unsigned skip_spins_ = 0;  // Number of times that no thread spins, because the CPUs are busy.
  unsigned live_ = 0;
  unsigned stuck_ = 0;
  unsigned sleeping_ = 0;
  unsigned waking_ = 0;    // Notified sleepers that have not got the lock yet.
  unsigned starting_ = 0;  // Started threads that have not got the lock yet.
  unsigned spinning_ = 0;
  unsigned draining_ = 0;
  unsigned next_name_ = 0;
  std::uint64_t spawned_ = 0;
  std::list<Worker> workers_;
};

}  // namespace posixpar::pool
