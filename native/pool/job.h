#pragma once
/// \file Jobs: the work that the pool runs.
#include <array>
#include <atomic>
#include <cstdint>

#include "native/base/generated/choices.h"

namespace posixpar::pool {

/// The two kinds of threads (see ThreadPool).
enum class Lane : std::uint8_t { compute = 0, io = 1 };

/// Priority and expected time of a job; constant for its life.
struct Demand {
  Priority priority = Priority::normal;
  /// A rough estimate of the thread time of all its copies together: jobs that need little go first.
  std::uint64_t expected_ns = 0;
};

/// Result of one run of a copy.
enum class JobStep : std::uint8_t {
  done,     ///< The copy has ended.
  yielded,  ///< The slice was over: the copy waits for its next turn and is run again.
};

class Slice;
class ThreadLane;

/// A job's place in the run queue of one lane. Guarded by the mutex of that lane.
struct Turn {
  bool admitted = false;       ///< `due_ns` is set.
  unsigned queued = 0;         ///< Copies that wait for a thread.
  std::int64_t due_ns = 0;     ///< The copy with the earliest due time runs next.
  std::uint64_t sequence = 0;  ///< Orders jobs that are due at the same time.
  std::uint64_t used_ns = 0;   ///< Thread time since the due time was set.
};

/// Work that any number of threads may carry out together: a read submits as many copies of one Job as it wants
/// threads, and each copy pulls pieces from a shared counter until no piece is left. Owned by shared_ptr; the pool
/// keeps a reference for every copy.
///
/// The pool counts the copies that are queued or running, in both lanes together. When the count falls to zero, which
/// is once in the life of a Job, finished() runs on the thread that ended the last copy, then wait() returns. run() may
/// submit further copies of its own Job, since its own still counts; any other caller first takes ThreadPool::hold().
class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  /// Runs one copy; called at the same time by several threads. Must not throw. Must not block on other copies.
  /// Between two pieces of work it asks `slice.over()` and, if true, returns `yielded`: the pool runs it again later,
  /// on any thread of the lane. A copy that does not ask keeps its thread to its end.
  virtual JobStep run(const Slice& slice) = 0;
  /// The device that it waits for: on the I/O lane the jobs of one device share threads, and other devices have threads
  /// of their own. Constant from the first submit on.
  [[nodiscard]] virtual std::uint64_t device_id() const { return 0; }
  [[nodiscard]] virtual Demand demand() const { return {}; }
  /// All copies have returned or were revoked: nothing touches the job's memory any more.
  virtual void finished() {}

  /// Blocks until finished() has returned. Only where at least one copy (or hold) was taken; never from run().
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
  std::atomic<ThreadLane*> io_lane_{nullptr};  // The threads of its device, once a copy was submitted there.
};

}  // namespace posixpar::pool
