#include "native/exec/run/leases.h"

#include <string>
#include <utility>

#include "native/exec/chunk/layer_read.h"
#include "native/pool/thread_pool.h"

namespace posixpar {

Status ReadLeases::take(std::span<const std::unique_ptr<LayerRead>> layers, ReadCounters& counters) {
  const std::lock_guard lock(mutex_);
  const LeaseTaker taker = [&](int fd, const std::string& path, const sys::Roots* roots) -> Status {
    counters[kSystemCalls] += pool::WatchedLease::kSystemCalls;
    auto lease = pool::ThreadPool::instance().take_lease(fd, path, roots, broken_);
    if (!lease.ok()) return std::move(lease).error();
    leases_.push_back(std::move(*lease));
    return {};
  };
  for (const auto& layer : layers) POSIXPAR_RETURN_IF_ERROR(layer->source.take_leases(taker, counters));
  return {};
}

Status ReadLeases::poll() {
  if (!broken_.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(mutex_);
  return check();
}

Status ReadLeases::finish() {
  const std::lock_guard lock(mutex_);
  auto status = check();
  release();
  return status;
}

Status ReadLeases::check() {
  Status first;
  for (const auto& lease : leases_) {
    if (auto status = lease->check(); first.ok()) first = std::move(status);
  }
  return first;
}

void ReadLeases::release() {
  for (const auto& lease : leases_) pool::ThreadPool::instance().end_lease(*lease);
  leases_.clear();
}

}  // namespace posixpar
