#pragma once
/// \file CancelToken: one flag, shared by the read and whoever may stop it.
#include <atomic>
#include <memory>

namespace posixpar::pool {

/// Copies share one flag. Raising it stops nothing on its own: the tasks of a read check it between two pieces of work.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  void cancel() const { flag_->store(true, std::memory_order_release); }
  [[nodiscard]] bool cancelled() const { return flag_->load(std::memory_order_acquire); }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace posixpar::pool
