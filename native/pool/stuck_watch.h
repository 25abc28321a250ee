#pragma once
/// \file Finds lanes whose threads are all stuck in calls that do not return.
#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace posixpar::pool {

/// One thread that looks at the lanes while at least one of them has work that waits for a thread. It starts at the
/// first need.
class StuckWatch {
 public:
  /// \param look  called by the thread each `interval_ns`. \returns whether it must look again.
  StuckWatch(std::uint64_t interval_ns, std::function<bool()> look)
      : interval_ns_(interval_ns), look_(std::move(look)) {}
  StuckWatch(const StuckWatch&) = delete;
  StuckWatch& operator=(const StuckWatch&) = delete;
  ~StuckWatch() { stop(); }

  /// Work waits for a thread. Does not block; may be called with the lock of a lane.
  void wake();
  /// Ends and joins the thread; the next wake() starts it again.
  void stop();

 private:
  static void* enter(void* self);
  void watch();

  const std::uint64_t interval_ns_;
  const std::function<bool()> look_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool started_ = false;
  bool wanted_ = false;
  bool stopping_ = false;
  pthread_t thread_{};
};

}  // namespace posixpar::pool
