#include "native/exec/run/leases.h"

#include "native/exec/chunk/layer_read.h"
#include "native/sys/clock.h"

namespace posixpar {
namespace {

constexpr std::uint64_t kPollNs = 1'000'000;

}  // namespace

Status ReadLeases::take(std::span<const std::unique_ptr<LayerRead>> layers, ReadCounters& counters) {
  const std::lock_guard lock(mutex_);
  for (const auto& layer : layers) POSIXPAR_RETURN_IF_ERROR(layer->source.take_leases(leases_, counters));
  return {};
}

Status ReadLeases::check() {
  for (const sys::ReadLease& lease : leases_) {
    if (auto status = lease.check(); !broken_ && !status.ok()) broken_ = std::move(status).error();
  }
  if (!broken_) return {};
  leases_.clear();
  return *broken_;
}

Status ReadLeases::poll() {
  const std::uint64_t now = sys::monotonic_ns();
  std::uint64_t last = polled_ns_.load(std::memory_order_relaxed);
  if (now - last < kPollNs || !polled_ns_.compare_exchange_strong(last, now, std::memory_order_relaxed)) return {};
  const std::lock_guard lock(mutex_);
  return check();
}

Status ReadLeases::finish() {
  const std::lock_guard lock(mutex_);
  auto status = check();
  leases_.clear();
  return status;
}

}  // namespace posixpar
