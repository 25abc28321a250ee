#pragma once
/// \file Keeps threads of the I/O lane, which are more than the cores, from computing all at once.
#include <condition_variable>
#include <mutex>

namespace posixpar {

/// A counting semaphore as wide as the compute lane.
class ComputeGate {
 public:
  /// Of the process; never destroyed.
  static ComputeGate& instance();
  void enter();
  void leave();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned inside_ = 0;
};

/// Holds a place; a null gate admits everybody.
class ComputeHold {
 public:
  explicit ComputeHold(ComputeGate* gate) : gate_(gate) {
    if (gate_ != nullptr) gate_->enter();
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
