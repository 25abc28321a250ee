#include "native/pool/run_queue.h"

#include <algorithm>

#include "native/sys/clock.h"

namespace posixpar::pool {
namespace {

std::int64_t shift_ns(Priority priority) {
  return (static_cast<std::int64_t>(priority) - static_cast<std::int64_t>(Priority::normal)) *
         RunQueue::kPriorityShiftNs;
}

std::int64_t first_due_ns(const Demand& demand, std::int64_t now_ns) {
  const auto expected = std::min(demand.expected_ns, static_cast<std::uint64_t>(RunQueue::kLongAllowanceNs));
  return now_ns + static_cast<std::int64_t>(expected) + shift_ns(demand.priority);
}

}  // namespace

std::int64_t RunQueue::renewed_due_ns(const Demand& demand, std::int64_t now_ns) {
  return now_ns + kLongAllowanceNs + shift_ns(demand.priority);
}

void RunQueue::push(const std::shared_ptr<Job>& job, unsigned copies, std::int64_t now_ns) {
  Turn& turn = job->turns_[lane_];
  if (!turn.admitted) {
    turn.admitted = true;
    turn.due_ns = first_due_ns(job->demand(), now_ns);
    turn.sequence = next_sequence_++;
  }
  if (turn.queued == 0) jobs_.emplace(key(turn), job);
  turn.queued += copies;
  publish();
}

std::shared_ptr<Job> RunQueue::pop() {
  const auto front = jobs_.begin();
  if (--front->second->turns_[lane_].queued > 0) return front->second;
  std::shared_ptr<Job> job = std::move(front->second);
  jobs_.erase(front);
  publish();
  return job;
}

void RunQueue::charge(Job& job, const Demand& demand, std::uint64_t used_ns, std::int64_t now_ns) {
  Turn& turn = job.turns_[lane_];
  turn.used_ns += used_ns;
  if (turn.used_ns < static_cast<std::uint64_t>(kQuantumNs)) return;
  turn.used_ns = 0;
  set_due(job, std::max(turn.due_ns, renewed_due_ns(demand, now_ns)));
}

std::pair<unsigned, std::shared_ptr<Job>> RunQueue::remove(Job& job) {
  Turn& turn = job.turns_[lane_];
  if (turn.queued == 0) return {0, nullptr};
  auto node = jobs_.extract(key(turn));
  publish();
  return {std::exchange(turn.queued, 0), std::move(node.mapped())};
}

void RunQueue::readmit(Job& job, std::int64_t now_ns) { set_due(job, first_due_ns(job.demand(), now_ns)); }

void RunQueue::expedite(Job& job) { set_due(job, std::numeric_limits<std::int64_t>::min()); }

void RunQueue::set_due(Job& job, std::int64_t due_ns) {
  Turn& turn = job.turns_[lane_];
  turn.admitted = true;
  if (turn.queued == 0) {
    turn.due_ns = due_ns;
    turn.sequence = next_sequence_++;
    return;
  }
  auto node = jobs_.extract(key(turn));
  turn.due_ns = due_ns;
  turn.sequence = next_sequence_++;
  node.key() = key(turn);
  jobs_.insert(std::move(node));
  publish();
}

void RunQueue::publish() {
  next_due_ns_.store(jobs_.empty() ? kNeverDue : jobs_.begin()->first.first, std::memory_order_relaxed);
}

Slice::Slice(Lane lane, const RunQueue& queue, const Job& job, std::int64_t now_ns)
    : lane_(lane),
      queue_(&queue),
      demand_(job.demand()),
      begin_ns_(now_ns),
      due_ns_(queue.turn(job).due_ns),
      used_ns_(queue.turn(job).used_ns) {}

bool Slice::over() const {
  if (queue_ == nullptr || queue_->next_due_ns() == RunQueue::kNeverDue) return false;
  return over_at(static_cast<std::int64_t>(sys::monotonic_ns()));
}

bool Slice::over_at(std::int64_t now_ns) const {
  if (queue_ == nullptr) return false;
  const std::int64_t next = queue_->next_due_ns();
  if (next == RunQueue::kNeverDue) return false;
  if (next < due_ns_) return true;
  const std::int64_t used = static_cast<std::int64_t>(used_ns_) + now_ns - begin_ns_;
  return used >= RunQueue::kQuantumNs && next < RunQueue::renewed_due_ns(demand_, now_ns);
}

}  // namespace posixpar::pool
