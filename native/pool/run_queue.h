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

/// Queue of copies of jobs, ordered by due time:
/// - The due time of a new job is its arrival time plus the thread time that it expects to need, at most
///   kLongAllowanceNs. So short jobs run before long ones, and similar jobs run in the order of their arrival.
/// - After each kQuantumNs of thread time, summed over all its copies, a job is due again kLongAllowanceNs later. So
///   long jobs take turns, and a short job waits only for the running piece of work.
/// - Priorities shift the due time by kPriorityShiftNs.
/// - A due time does not change when other jobs arrive, so no job starves. Even under permanent load from more urgent
///   jobs, a job gets a quantum each time that its due time has come.
///
/// Only next_due_ns() is thread-safe. The mutex of the lane guards the queue and the turns inside the jobs. Time is an
/// argument, so that tests can determine the order.
class RunQueue {
 public:
  static constexpr std::int64_t kQuantumNs = 50'000'000;
  /// Ten quanta. So ten long jobs may run on one thread before a short job waits for more than one piece of work.
  static constexpr std::int64_t kLongAllowanceNs = 500'000'000;
  static constexpr std::int64_t kPriorityShiftNs = 1'000'000'000;
  static constexpr std::int64_t kNeverDue = std::numeric_limits<std::int64_t>::max();

  explicit RunQueue(Lane lane) : lane_(static_cast<std::size_t>(lane)) {}

  void push(const std::shared_ptr<Job>& job, unsigned copies, std::int64_t now_ns);
  /// Takes the copy that is due first. \pre the queue is not empty.
  std::shared_ptr<Job> pop();
  /// Charges `used_ns` of thread time to `job`, which may have ended in the meantime.
  /// \param demand  of the job before its copy was released: a job that has ended has none.
  void charge(Job& job, const Demand& demand, std::uint64_t used_ns, std::int64_t now_ns);
  /// Removes the queued copies of `job`. \returns their number, and the queue's reference to the job, which the caller
  /// should release without the lock.
  std::pair<unsigned, std::shared_ptr<Job>> remove(Job& job);
  /// Sets the due time of `job` as if it arrived now.
  void readmit(Job& job, std::int64_t now_ns);
  /// Makes `job` due before all others, because it was cancelled and will end soon.
  void expedite(Job& job);

  [[nodiscard]] bool empty() const { return jobs_.empty(); }
  /// Due time of the first copy; kNeverDue if the queue is empty. Lock-free.
  [[nodiscard]] std::int64_t next_due_ns() const { return next_due_ns_.load(std::memory_order_relaxed); }
  [[nodiscard]] const Turn& turn(const Job& job) const { return job.turns_[lane_]; }

  /// Returns the next due time of a job that has just used up its quantum.
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

/// One call of Job::run(): tells the copy when it must yield its thread.
class Slice {
 public:
  /// Creates a slice that is never over, for the caller's own thread.
  explicit Slice(Lane lane) : lane_(lane) {}
  /// Creates a slice for a thread of a lane. \pre the mutex of the lane is locked.
  Slice(Lane lane, const RunQueue& queue, const Job& job, std::int64_t now_ns);

  [[nodiscard]] Lane lane() const { return lane_; }
  /// True if another job is due before this one, given the time that this one has run. If no job waits, this is only
  /// one relaxed load.
  [[nodiscard]] bool over() const;
  /// Returns the result of over() at a given time.
  [[nodiscard]] bool over_at(std::int64_t now_ns) const;
  /// Due time of the copy, by which threads are ordered that wait for memory or cores (Budget, ComputeGate).
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
