#pragma once
/// \file A job: work that the pool runs on one or several threads.
#include <array>
#include <atomic>
#include <cstdint>

#include "native/base/generated/choices.h"

namespace posixpar::pool {

/// The two kinds of threads (see ThreadPool).
enum class Lane : std::uint8_t { compute = 0, io = 1 };

/// Priority of a job, and the time that threads are expected to spend on it.
struct Demand {
  Priority priority = Priority::normal;
  /// A rough estimate of the time that threads spend on all copies together. Jobs that need little time run first.
  std::uint64_t expected_ns = 0;
};

/// Result of one call of Job::run(), which runs one copy of the job (see Job).
enum class JobStep : std::uint8_t {
  done,     ///< The copy has ended.
  yielded,  ///< The time slice was over. run() will be called again when it is the turn of the copy.
};

class Slice;
class ThreadLane;

/// State of a job in the run queue of one lane. Guarded by the mutex of that lane.
struct Turn {
  bool admitted = false;       ///< True if `due_ns` is set.
  unsigned queued = 0;         ///< Number of copies that wait for a thread.
  std::int64_t due_ns = 0;     ///< Due time of all copies of the job. The job with the earliest due time runs next.
  std::uint64_t sequence = 0;  ///< Orders jobs that are due at the same time.
  std::uint64_t used_ns = 0;   ///< Time that threads have spent on the job since `due_ns` was set, summed.
};

/// Work that several threads may perform together, such as a read. To get n threads, a read submits n copies of its
/// job: the pool calls run() once per copy, and each call performs pieces of the work until no piece is left. Owned by
/// shared_ptr; the pool keeps a reference for every copy.
///
/// The pool counts the copies that are queued or running, in both lanes together. When the count falls to zero, the
/// thread that ended or revoked the last copy calls finished(), and then wait() returns. This happens once per job.
/// run() may submit further copies of the same job, because the copy that it runs is still counted. Other callers that
/// submit copies of a job which has begun must first call ThreadPool::hold().
class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  /// Runs one copy. Several threads may call it at the same time. Must not throw, and must not wait for other copies.
  /// Between two pieces of work, it should call `slice.over()` and return `yielded` if the result is true; the pool
  /// then calls run() again later, on any thread of the lane. A copy that does not do this keeps its thread until its
  /// end.
  virtual JobStep run(const Slice& slice) = 0;
  /// Device that the job waits for. On the I/O lane, the jobs of one device share threads. Up to 16 devices have their
  /// own threads; further devices share them. Constant after the first submit to the I/O lane.
  [[nodiscard]] virtual std::uint64_t device_id() const { return 0; }
  [[nodiscard]] virtual Demand demand() const { return {}; }
  /// Called after all copies have ended or were revoked, so no thread uses the job's memory any more.
  virtual void finished() {}

  /// Blocks until finished() has returned. \pre at least one copy was submitted or hold() was called; the caller is not
  /// run().
  void wait() const;
  [[nodiscard]] bool done() const { return done_.load(std::memory_order_acquire) != 0; }

 private:
  friend class ThreadPool;
  friend class ThreadLane;
  friend class RunQueue;
  void add(std::uint32_t copies) { active_.fetch_add(copies, std::memory_order_relaxed); }
  void release(std::uint32_t copies);
  /// Undoes add() of copies that could not be queued.
  void forget(std::uint32_t copies) { active_.fetch_sub(copies, std::memory_order_relaxed); }

  std::atomic<std::uint32_t> active_{0};
  mutable std::atomic<std::uint32_t> done_{0};
  std::array<Turn, 2> turns_;                  // One per lane.
  std::atomic<ThreadLane*> io_lane_{nullptr};  // Threads of the job's device; null until a copy was submitted to them.
};

}  // namespace posixpar::pool
