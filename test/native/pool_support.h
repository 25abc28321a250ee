#pragma once
/// \file Jobs and gates for the tests of the pool.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

#include "native/pool/job.h"
#include "native/pool/run_queue.h"

namespace posixpar::pool {

/// A job that calls given functions.
class FunctionJob : public Job {
 public:
  explicit FunctionJob(std::function<void(Lane)> body, std::function<void()> end = {})
      : body_(std::move(body)), end_(std::move(end)) {}
  JobStep run(const Slice& slice) override {
    body_(slice.lane());
    return JobStep::done;
  }
  void finished() override {
    finished_count.fetch_add(1);
    if (end_) end_();
  }
  std::atomic<int> finished_count{0};

 private:
  std::function<void(Lane)> body_;
  std::function<void()> end_;
};

/// Holds threads inside run() until a test opens the gate.
class Gate {
 public:
  void open() {
    std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  /// Returns true if `count` threads wait at the gate within 10 s.
  bool await_waiting(int count) {
    std::unique_lock lock(mutex_);
    for (int i = 0; i < 1000 && waiting_ < count; ++i)
      changed_.wait_until(lock, std::chrono::system_clock::now() + std::chrono::milliseconds(10));
    return waiting_ >= count;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

}  // namespace posixpar::pool
