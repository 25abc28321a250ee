#pragma once
/// \file Hands out the tasks of a read to the threads that execute it.
#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "native/exec/run/io_ranges.h"

namespace posixpar {

/// State of one thread that takes tasks.
struct TaskCursor {
  bool is_on_io_lane = false;
  std::optional<std::size_t> io_range;  ///< Number of the thread's range, if the read uses IoRanges.
};

/// Tasks of a read, identified by their index in plan order. The threads of the compute lane take them in this order,
/// and defer a task to the I/O lane if its data is not in the page cache. The threads of the I/O lane take deferred
/// tasks first, then tasks that no thread has taken. Thread-safe.
class TaskQueue {
 public:
  /// Sets the number of tasks. \pre no thread has taken a task.
  void reset(std::size_t count) { count_ = count; }
  [[nodiscard]] std::size_t size() const { return count_; }

  /// Takes the next task for a thread. \returns false if no task is left for it.
  bool next(TaskCursor& cursor, std::size_t& index);
  /// Defers a task to the I/O lane.
  /// \param max_threads  maximum number of threads of the read on the I/O lane.
  /// \returns the number of I/O threads that must join the read.
  unsigned defer(std::size_t index, unsigned max_threads);
  /// Releases the I/O range of a thread that stops for now. Another thread continues it.
  void yield(TaskCursor& cursor);
  /// From now on, only the I/O lane takes tasks, each thread in its own range.
  void hand_remaining_to_io_lane();
  /// Counts a task whose data is not cached. \returns true if this happened several times in a row, so that the other
  /// tasks are probably not cached either.
  bool note_cold();
  /// Records a task whose data was cached, so that note_cold() counts from 0 again.
  void note_cached();

  /// Skips the tasks [0, count), because the calling thread has executed them or the read has failed.
  void skip(std::size_t count) { next_.store(count, std::memory_order_relaxed); }
  /// Handles the failure of task `index`: stops handing out this task and later ones. Earlier tasks still run, because
  /// the error of an earlier task would be reported instead.
  void stop_at(std::size_t index);
  /// Stops handing out tasks that no thread has taken yet. Deferred tasks, and tasks in the ranges of I/O threads
  /// (IoRanges), are still handed out.
  void stop() { stop_.store(true, std::memory_order_release); }

 private:
  /// Number of consecutive uncached tasks after which the compute lane hands the remaining tasks to the I/O lane.
  static constexpr unsigned kColdStreak = 2;
  bool next_untried(std::size_t& index);

  std::size_t count_ = 0;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::atomic<unsigned> cold_streak_{0};

  std::mutex mutex_;  // Guards the members below.
  std::size_t limit_ = ~std::size_t{0};
  std::vector<std::size_t> deferred_;  // A heap whose front is the first deferred task in plan order.
  std::size_t io_threads_ = 0;         // I/O threads that were requested and have not found the queue empty yet.
  std::optional<IoRanges> io_ranges_;
};

}  // namespace posixpar
