#include "native/exec/run/task_queue.h"

#include <algorithm>
#include <functional>

namespace posixpar {

bool TaskQueue::next(TaskCursor& cursor, std::size_t& index) {
  if (!cursor.is_on_io_lane) return next_untried(index);
  const std::lock_guard lock(mutex_);
  const std::size_t limit = std::min(limit_, count_);
  if (!deferred_.empty() && deferred_.front() < limit) {
    std::pop_heap(deferred_.begin(), deferred_.end(), std::greater<>());
    index = deferred_.back();
    deferred_.pop_back();
    return true;
  }
  if (io_ranges_) {
    if (!cursor.io_range) cursor.io_range = io_ranges_->join();
    if (const auto task = io_ranges_->next(*cursor.io_range, limit)) {
      index = *task;
      return true;
    }
  } else if (next_untried(index)) {
    return true;
  }
  if (io_threads_ > 0) io_threads_--;
  return false;
}

bool TaskQueue::next_untried(std::size_t& index) {
  if (stop_.load(std::memory_order_acquire)) return false;
  index = next_.fetch_add(1, std::memory_order_relaxed);
  return index < count_;
}

unsigned TaskQueue::defer(std::size_t index, unsigned max_threads) {
  const std::lock_guard lock(mutex_);
  deferred_.push_back(index);
  std::push_heap(deferred_.begin(), deferred_.end(), std::greater<>());
  const std::size_t taken = std::min(next_.load(std::memory_order_relaxed), count_);
  const std::size_t left = deferred_.size() + count_ - taken;
  // The I/O threads of the read call next() again before they stop, so they find the task. Only the missing threads
  // must be added.
  const std::size_t room = max_threads - std::min<std::size_t>(max_threads, io_threads_);
  const auto threads = static_cast<unsigned>(std::min(io_threads_ == 0 ? left : std::size_t{1}, room));
  io_threads_ += threads;
  return threads;
}

void TaskQueue::yield(TaskCursor& cursor) {
  if (!cursor.io_range) return;
  const std::lock_guard lock(mutex_);
  io_ranges_->leave(*cursor.io_range);
}

void TaskQueue::hand_remaining_to_io_lane() {
  const std::lock_guard lock(mutex_);
  if (io_ranges_) return;
  const std::size_t taken = std::min(next_.exchange(count_, std::memory_order_relaxed), count_);
  io_ranges_.emplace(taken, count_);
}

bool TaskQueue::note_cold() { return cold_streak_.fetch_add(1, std::memory_order_relaxed) + 1 >= kColdStreak; }

void TaskQueue::note_cached() {
  if (cold_streak_.load(std::memory_order_relaxed) > 0) cold_streak_.store(0, std::memory_order_relaxed);
}

void TaskQueue::stop_at(std::size_t index) {
  stop();
  const std::lock_guard lock(mutex_);
  limit_ = std::min(limit_, index);
}

}  // namespace posixpar
