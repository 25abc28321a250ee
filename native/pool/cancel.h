#pragma once
/// \file A flag by which a caller cancels an operation, such as a read.
#include <atomic>
#include <memory>

namespace posixpar::pool {

/// A flag that copies of the token share. Raising it does not interrupt anything: the threads of the operation check it
/// between two pieces of work, and stop if it is raised.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  void cancel() const { flag_->store(true, std::memory_order_release); }
  [[nodiscard]] bool cancelled() const { return flag_->load(std::memory_order_acquire); }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace posixpar::pool
