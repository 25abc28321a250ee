#pragma once
/// \file What the pool runs.
#include <atomic>
#include <cstdint>

namespace posixpar::pool {

/// The two kinds of threads (see ThreadPool).
enum class Lane : std::uint8_t { compute = 0, io = 1 };

/// Work that any number of threads may carry out together: a read submits as many copies of one Job as it wants
/// threads, and each copy pulls pieces from a shared counter until none is left. Owned by shared_ptr; the pool keeps a
/// reference for every copy.
///
/// The pool counts the copies that are queued or running, in both lanes together. When the count falls to zero, which
/// is once in the life of a Job, finished() runs on the thread that ended the last copy, then wait() returns. run() may
/// submit further copies of its own Job, since its own still counts; anyone else first takes ThreadPool::hold().
class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  /// One copy's work; called at the same time by several threads. Must not throw. Must not block on other copies.
  virtual void run(Lane lane) = 0;
  /// What it waits for, such as a device's number: on the I/O lane jobs of one queue share threads, and those of others
  /// have threads of their own.
  [[nodiscard]] virtual std::uint64_t queue() const { return 0; }
  /// All copies have returned or were revoked: nothing touches the job's memory any more.
  virtual void finished() {}

  /// Blocks until finished() has returned. Only where at least one copy (or hold) was taken; never from run().
  void wait() const;
  [[nodiscard]] bool done() const { return done_.load(std::memory_order_acquire) != 0; }

 private:
  friend class ThreadPool;
  friend class ThreadLane;
  void add(std::uint32_t copies) { active_.fetch_add(copies, std::memory_order_relaxed); }
  void release(std::uint32_t copies);
  /// Undoes add() of copies that could not be queued.
  void forget(std::uint32_t copies) { active_.fetch_sub(copies, std::memory_order_relaxed); }

  std::atomic<std::uint32_t> active_{0};
  mutable std::atomic<std::uint32_t> done_{0};
};

}  // namespace posixpar::pool
