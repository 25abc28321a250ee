#pragma once
/// \file Limits the number of threads of the I/O lane that decode or copy at the same time. The lane has more threads
/// than the machine has cores, because most of them wait for the storage.
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

/// A gate, and the due time of the read that enters it (pool::Slice::due_ns). If `gate` is null, ComputeHold does not
/// wait.
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
