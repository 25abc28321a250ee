#pragma once
/// \file Releases the measuring threads at the same moment.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <thread>

#include "native/sys/clock.h"

namespace posixpar::probe {

/// A gate at which measuring threads wait until all of them are ready and the gate is opened.
class StartGate {
 public:
  explicit StartGate(unsigned threads) : threads_(threads), ready_(static_cast<std::ptrdiff_t>(threads)), go_(1) {}

  /// Blocks a measuring thread until all threads are ready and the caller of wait_until_ready() has opened the gate.
  void ready_and_wait() {
    ready_.count_down();
    go_.wait();
  }

  /// Waits until all threads are ready and CLOCK_MONOTONIC has reached `start_at_ns`. \returns the current time.
  /// \param started  number of threads that could be started.
  std::uint64_t wait_until_ready(std::size_t started, std::uint64_t start_at_ns) {
    if (started < threads_) ready_.count_down(static_cast<std::ptrdiff_t>(threads_ - started));
    ready_.wait();
    if (const std::uint64_t now = sys::monotonic_ns(); start_at_ns > now) {
      std::this_thread::sleep_for(std::chrono::nanoseconds(start_at_ns - now));
    }
    return sys::monotonic_ns();
  }
  /// Releases the threads.
  void open() { go_.count_down(); }

 private:
  unsigned threads_;
  std::latch ready_;
  std::latch go_;
};

}  // namespace posixpar::probe
