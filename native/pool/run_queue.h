#pragma once
/// \file The order in which a lane's threads take copies of jobs.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include "native/pool/job.h"

namespace posixpar::pool {

/// Copies of jobs, by due time. A job is due when it arrives plus the thread time that it expects to need, at most
/// kLongAllowanceNs: so short jobs precede long ones, and comparable ones keep the order of their arrival. After each
/// kQuantumNs of thread time, that of all its copies together, a job is due again kLongAllowanceNs later: long jobs
/// take turns with each other, and short ones precede them at the end of the piece of work that runs. Priorities shift
/// the due time by kPriorityShiftNs. A due time that is set does not move while others arrive, so no job starves: under
/// permanent load from more urgent jobs, one still gets a quantum each time that its due time has come.
///
/// Not thread-safe but for next_due_ns(): a lane guards it, and the turns inside the jobs, by its mutex. Time is an
/// argument, so that tests determine the order.
class RunQueue {
 public:
  static constexpr std::int64_t kQuantumNs = 50'000'000;
  /// Ten quanta: that many long jobs may run on one thread before short ones wait for more than one piece of work.
  static constexpr std::int64_t kLongAllowanceNs = 500'000'000;
  static constexpr std::int64_t kPriorityShiftNs = 1'000'000'000;
  static constexpr std::int64_t kNeverDue = std::numeric_limits<std::int64_t>::max();

  explicit RunQueue(Lane lane) : lane_(static_cast<std::size_t>(lane)) {}

  void push(const std::shared_ptr<Job>& job, unsigned copies, std::int64_t now_ns);
  /// Takes the copy that is due first. The queue is not empty.
  std::shared_ptr<Job> pop();
  /// Charges `used_ns` of thread time to `job`.
  void charge(Job& job, std::uint64_t used_ns, std::int64_t now_ns);
  /// Removes the queued copies of `job`. \returns how many, and the queue's reference, so that the caller can drop it
  /// without the lock.
  std::pair<unsigned, std::shared_ptr<Job>> remove(Job& job);
  /// Sets the due time of `job` as if it arrived now.
  void readmit(Job& job, std::int64_t now_ns);
  /// Makes `job` due at once, before all others: it was cancelled and will end soon.
  void expedite(Job& job);

  [[nodiscard]] bool empty() const { return jobs_.empty(); }
  /// Due time of the front, kNeverDue if empty. Lock-free.
  [[nodiscard]] std::int64_t next_due_ns() const { return next_due_ns_.load(std::memory_order_relaxed); }
  [[nodiscard]] const Turn& turn(const Job& job) const { return job.turns_[lane_]; }

  /// The due time of a job that has just used up its quantum.
  [[nodiscard]] static std::int64_t renewed_due_ns(const Demand& demand, std::int64_t now_ns);

 private:
  using Key = std::pair<std::int64_t, std::uint64_t>;
  static Key key(const Turn& turn) { return {turn.due_ns, turn.sequence}; }
  void set_due(Job& job, std::int64_t due_ns);
  void publish();

  const std::size_t lane_;
  std::map<Key, std::shared_ptr<Job>> jobs_;  // Jobs with queued copies.
  std::uint64_t next_sequence_ = 0;
  std::atomic<std::int64_t> next_due_ns_{kNeverDue};
};

/// A turn of a copy on a thread.
class Slice {
 public:
  /// A slice on a thread that the caller lends: it ends with the job.
  explicit Slice(Lane lane) : lane_(lane) {}
  /// A slice on a thread of a lane; the lane holds its mutex.
  Slice(Lane lane, const RunQueue& queue, const Job& job, std::int64_t now_ns);

  [[nodiscard]] Lane lane() const { return lane_; }
  /// True if another job is due before this one, counting the time that it has run. One relaxed load while none waits.
  [[nodiscard]] bool over() const;
  /// The same at a given time.
  [[nodiscard]] bool over_at(std::int64_t now_ns) const;
  /// Orders the copy among those that wait for memory or cores (Budget, ComputeGate): the earliest first.
  [[nodiscard]] std::int64_t due_ns() const { return due_ns_; }
  [[nodiscard]] std::int64_t begin_ns() const { return begin_ns_; }

 private:
  Lane lane_;
  const RunQueue* queue_ = nullptr;
  Demand demand_;
  std::int64_t begin_ns_ = 0;
  std::int64_t due_ns_ = 0;
  std::uint64_t used_ns_ = 0;
};

}  // namespace posixpar::pool
