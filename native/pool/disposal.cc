#include "native/pool/disposal.h"

#include <utility>

#include "native/pool/job.h"
#include "native/pool/thread_pool.h"

namespace posixpar::pool {
namespace {

class Disposal final : public Job {
 public:
  Disposal(std::shared_ptr<const void> object, std::uint64_t device) : object_(std::move(object)), device_(device) {}
  JobStep run(const Slice&) override {
    object_.reset();
    return JobStep::done;
  }
  [[nodiscard]] std::uint64_t device_id() const override { return device_; }

 private:
  std::shared_ptr<const void> object_;
  std::uint64_t device_;
};

}  // namespace

void dispose(std::shared_ptr<const void> object, std::uint64_t device) {
  auto& pool = ThreadPool::instance();
  if (object == nullptr || !pool.is_attached()) return;
  // If no thread can be started, the job and the object are destroyed at the end of this scope.
  static_cast<void>(pool.submit(Lane::io, std::make_shared<Disposal>(std::move(object), device), 1).ok());
}

}  // namespace posixpar::pool
