#pragma once
/// \file Limits how many threads of the I/O lane compute at once. There are more of them than cores.
#include <cstdint>
#include <mutex>

#include "native/pool/wait_line.h"

namespace posixpar {

/// A counting semaphore as wide as the compute lane. Those that are due earlier enter first.
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

/// A gate, and the due time of the copy that passes it (pool::Slice::due_ns). Without a gate, every thread is admitted.
struct GateAccess {
  ComputeGate* gate = nullptr;
  std::int64_t due_ns = 0;
};

/// Holds a place behind the gate.
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
