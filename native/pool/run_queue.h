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
/// - The due time of a new job is its arrival time plus its expected duration (Demand::expected_ns), but at most
///   kLongAllowanceNs later than its arrival. So short jobs run before long ones, and jobs of similar length run in the
///   order of their arrival.
/// - When threads have spent kQuantumNs on a job, summed over all its copies, the job gets a new due time: now plus
///   kLongAllowanceNs. So long jobs take turns, and a short job only waits until a thread has finished the piece of
///   work that it is performing.
/// - A high or low priority shifts the due time by kPriorityShiftNs.
/// - The due time of a job does not change when other jobs arrive, so every job runs at some time, even if more urgent
///   jobs arrive permanently.
///
/// Only next_due_ns() is thread-safe. The mutex of the lane guards the queue, and the turns (Turn) in the jobs. The
/// time is an argument, so that tests can control it.
class RunQueue {
 public:
  static constexpr std::int64_t kQuantumNs = 50'000'000;
  /// Time after which a long job is due: ten quanta. Up to ten long jobs can share a thread in this way. With more,
  /// they fall behind their due times, and a short job that arrives may have to wait for several pieces of work.
  static constexpr std::int64_t kLongAllowanceNs = 500'000'000;
  static constexpr std::int64_t kPriorityShiftNs = 1'000'000'000;
  static constexpr std::int64_t kNeverDue = std::numeric_limits<std::int64_t>::max();

  explicit RunQueue(Lane lane) : lane_(static_cast<std::size_t>(lane)) {}

  void push(const std::shared_ptr<Job>& job, unsigned copies, std::int64_t now_ns);
  /// Takes the copy that is due first. \pre the queue is not empty.
  std::shared_ptr<Job> pop();
  /// Adds `used_ns` to the time that threads have spent on `job`. The job may already have ended.
  /// \param demand  demand of the job. The caller must get it before it releases the copy, because a job that has ended
  /// has none.
  void charge(Job& job, const Demand& demand, std::uint64_t used_ns, std::int64_t now_ns);
  /// Removes the queued copies of `job`. \returns their number, and the queue's reference to the job. The caller should
  /// release the reference after it has unlocked the mutex.
  std::pair<unsigned, std::shared_ptr<Job>> remove(Job& job);
  /// Computes a new due time for `job`, as if it arrived now.
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
  /// True if a waiting job is due before this one, considering how long this one has run. Cheap (one relaxed load) if
  /// no job waits.
  [[nodiscard]] bool over() const;
  /// Returns the result of over() at a given time.
  [[nodiscard]] bool over_at(std::int64_t now_ns) const;
  /// Due time of the copy. Budget and ComputeGate serve waiting threads in the order of these times.
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
