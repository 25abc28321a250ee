#pragma once
/// \file Threads that wait for the same resource, in the order of their due times.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace posixpar::pool {

/// A line of waiting threads, ordered by due time, then by arrival. Guarded by the mutex of the resource for which they
/// wait. Due times do not change, so no thread waits forever (run_queue.h).
class WaitLine {
 public:
  /// The place of a waiting thread in the line. The constructor enters the line, the destructor leaves it.
  class Place {
   public:
    Place(WaitLine& line, std::int64_t due_ns, std::uint64_t group = 0)
        : line_(line),
          group_(group),
          where_(line.waiting_.emplace(std::pair(due_ns, line.next_sequence_++), this).first) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    /// Leaves the line and wakes the first thread in it. \pre the mutex of the resource is locked.
    ~Place() {
      line_.waiting_.erase(where_);
      line_.notify();
    }

    [[nodiscard]] bool first() const { return where_ == line_.waiting_.begin(); }
    /// True if no other thread with the same `group` is before this one.
    [[nodiscard]] bool first_of_group() const {
      return std::none_of(line_.waiting_.begin(), where_, [this](const auto& e) { return e.second->group_ == group_; });
    }
    void wait(std::unique_lock<std::mutex>& lock) { changed_.wait(lock); }
    void wait_for(std::unique_lock<std::mutex>& lock, std::chrono::nanoseconds time) { changed_.wait_for(lock, time); }

   private:
    friend class WaitLine;
    WaitLine& line_;
    const std::uint64_t group_;
    std::map<std::pair<std::int64_t, std::uint64_t>, Place*>::iterator where_;
    std::condition_variable changed_;
  };

  void notify_all() {
    for (auto& [key, place] : waiting_) place->changed_.notify_one();
  }
  [[nodiscard]] bool has(std::uint64_t group) const {
    return std::any_of(waiting_.begin(), waiting_.end(), [group](const auto& e) { return e.second->group_ == group; });
  }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  /// Wakes the first thread in the line. Call it after the resource has changed.
  void notify() {
    if (!waiting_.empty()) waiting_.begin()->second->changed_.notify_one();
  }

 private:
  std::map<std::pair<std::int64_t, std::uint64_t>, Place*> waiting_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace posixpar::pool
