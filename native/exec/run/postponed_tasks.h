#pragma once
/// \file Tasks of a read that wait until another thread has decoded a chunk.
#include <cstddef>
#include <mutex>
#include <vector>

namespace posixpar {

/// Set of tasks that were postponed, by their index in plan order. Thread-safe.
class PostponedTasks {
 public:
  void add(std::size_t index) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(index);
  }
  /// Removes a task. \returns false if another thread has already removed it.
  bool remove(std::size_t index) {
    const std::lock_guard lock(mutex_);
    return std::erase(tasks_, index) > 0;
  }
  [[nodiscard]] std::vector<std::size_t> all() const {
    const std::lock_guard lock(mutex_);
    return tasks_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::size_t> tasks_;
};

}  // namespace posixpar
