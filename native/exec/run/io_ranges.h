#pragma once
/// \file Distributes the tasks of the I/O lane over threads, so that each thread reads forward in the file.
#include <cstddef>
#include <optional>
#include <vector>

namespace posixpar {

/// Gives each thread a range of the tasks, which are in plan order. A thread takes tasks from the front of its range.
/// When its range is empty, it takes over the second half of the longest range. So each thread reads forward through a
/// part of the file, and the kernel's read-ahead recognises this. If all threads took the next task of one list, the
/// reads would look random to the kernel and take 1.5 times as long (docs/adr/0003-engines.md). Not thread-safe.
class IoRanges {
 public:
  /// Distributes the tasks [begin, end).
  IoRanges(std::size_t begin, std::size_t end) : unowned_{begin, end} {}

  /// Registers a thread. \returns its number.
  std::size_t join() {
    if (!left_.empty()) {
      const std::size_t owner = left_.back();
      left_.pop_back();
      return owner;
    }
    ranges_.push_back({0, 0});
    return ranges_.size() - 1;
  }

  /// Thread `owner` stops for now. The next thread that joins continues its range.
  void leave(std::size_t owner) { left_.push_back(owner); }

  /// Returns the next task for thread `owner`; nothing if no task before `limit` is left.
  std::optional<std::size_t> next(std::size_t owner, std::size_t limit);

 private:
  struct Range {
    std::size_t next = 0;
    std::size_t end = 0;
    [[nodiscard]] std::size_t left(std::size_t limit) const {
      const std::size_t stop = end < limit ? end : limit;
      return next < stop ? stop - next : 0;
    }
  };
  Range unowned_;  ///< Tasks without a thread: all of them, until a thread takes the first task.
  std::vector<Range> ranges_;
  std::vector<std::size_t> left_;  ///< Numbers of threads that have stopped. Other threads may take their tasks.
};

}  // namespace posixpar
