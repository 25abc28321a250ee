#pragma once
/// \file A thread that regularly checks if threads of the I/O lanes are stuck in system calls that do not return.
#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace posixpar::pool {

/// One thread that calls a function regularly while copies of jobs wait for a thread. The first wake() starts it.
class StuckWatch {
 public:
  /// \param look  function that the thread calls every `interval_ns`, until it returns false.
  StuckWatch(std::uint64_t interval_ns, std::function<bool()> look)
      : interval_ns_(interval_ns), look_(std::move(look)) {}
  StuckWatch(const StuckWatch&) = delete;
  StuckWatch& operator=(const StuckWatch&) = delete;
  ~StuckWatch() { stop(); }

  /// Makes the thread call `look` regularly, until `look` returns false. Does not block; may be called with the lock of
  /// a lane.
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
