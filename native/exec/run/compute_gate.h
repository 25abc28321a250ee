#pragma once
/// \file Limits the number of I/O-lane threads that compute at the same time, because the lane has more threads than
/// there are cores.
#include <cstdint>
#include <mutex>

#include "native/pool/wait_line.h"

namespace posixpar {

/// A counting semaphore that admits as many threads as the compute lane has. Threads with an earlier due time enter
/// first.
class ComputeGate {
 public:
  /// The gate of the process; never destroyed.
  static ComputeGate& instance();
  void enter(std::int64_t due_ns);
  void leave();

 private:
  std::mutex mutex_;
  pool::WaitLine waiting_;
  unsigned inside_ = 0;
};

/// A gate, and the due time with which a thread enters it (pool::Slice::due_ns). If `gate` is null, every thread is
/// admitted at once.
struct GateAccess {
  ComputeGate* gate = nullptr;
  std::int64_t due_ns = 0;
};

/// Enters a gate and leaves it at the end of the scope.
class ComputeHold {
 public:
  explicit ComputeHold(const GateAccess& access) : gate_(access.gate) {
    if (gate_ != nullptr) gate_->enter(access.due_ns);
  }
  ComputeHold(const ComputeHold&) = delete;
  ComputeHold& operator=(const ComputeHold&) = delete;
  ~ComputeHold() {
    if (gate_ != nullptr) gate_->leave();
  }

 private:
  ComputeGate* gate_;
};

}  // namespace posixpar
