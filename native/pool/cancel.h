#pragma once
/// \file A flag by which a caller cancels a read.
#include <atomic>
#include <memory>

namespace posixpar::pool {

/// Copies of a token share one flag. Raising the flag only requests the end: the tasks of a read check it between two
/// pieces of work.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  void cancel() const { flag_->store(true, std::memory_order_release); }
  [[nodiscard]] bool cancelled() const { return flag_->load(std::memory_order_acquire); }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace posixpar::pool
