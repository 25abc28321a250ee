#include "native/pool/budget.h"

#include <chrono>
#include <utility>

namespace posixpar::pool {
namespace {

/// Maximum time until a thread that waits for memory notices that its read or write was cancelled.
constexpr auto kCancelPoll = std::chrono::milliseconds(10);

}  // namespace

Reservation::Reservation(Reservation&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)), device_(other.device_) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this != &other) {
    reset();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    device_ = other.device_;
  }
  return *this;
}

void Reservation::reset() {
  if (budget_ != nullptr) std::exchange(budget_, nullptr)->give_back(std::exchange(bytes_, 0), device_);
}

Budget& Budget::instance() {
  static auto& budget = *new Budget(kDefaultBytes);
  return budget;
}

bool Budget::fits(std::size_t bytes) const { return used_ <= limit_ && bytes <= limit_ - used_; }

Reservation Budget::take(std::size_t bytes, std::uint64_t device) {
  used_ += bytes;
  ++holders_[device];
  return {this, bytes, device};
}

Status Budget::check_locked(std::size_t bytes) const {
  if (!is_strict() || bytes <= limit_) return {};
  return Error{
      .kind = ErrorKind::memory, .op = "reserve", .path = {}, .offset = limit_, .length = bytes, .message = {}};
}

Status Budget::check(std::size_t bytes) const {
  std::scoped_lock lock(mutex_);
  return check_locked(bytes);
}

Result<Reservation> Budget::acquire(std::size_t bytes, const CancelToken* cancel, std::int64_t due_ns,
                                    std::uint64_t device) {
  std::unique_lock lock(mutex_);
  WaitLine::Place place(waiters_, due_ns, device);  // Its destructor wakes the next thread.
  const auto admitted = [&] {
    if (place.first() && fits(bytes)) return true;
    return !is_strict() && place.first_of_group() && holds_none(device);
  };
  while (!admitted()) {
    if (auto status = check_locked(bytes); !status.ok()) return std::move(status).error();
    if (cancel == nullptr) {
      place.wait(lock);
      continue;
    }
    if (cancel->cancelled()) return Error{.kind = ErrorKind::cancelled, .op = "reserve", .path = {}, .message = {}};
    place.wait_for(lock, kCancelPoll);
  }
  return take(bytes, device);
}

std::optional<Reservation> Budget::try_acquire(std::size_t bytes, std::uint64_t device) {
  std::scoped_lock lock(mutex_);
  const bool alone = !is_strict() && holds_none(device) && !waiters_.has(device);
  if (!alone && (!waiters_.empty() || !fits(bytes))) return std::nullopt;
  return take(bytes, device);
}

void Budget::give_back(std::size_t bytes, std::uint64_t device) {
  std::scoped_lock lock(mutex_);
  used_ -= bytes;
  const auto held = holders_.find(device);
  if (--held->second == 0) {
    holders_.erase(held);
    // The device has no reservation any more. So its first request is admitted now, even if other requests are before
    // it in the line.
    waiters_.notify_all();
    return;
  }
  waiters_.notify();
}

void Budget::set_limit(std::size_t bytes, Excess excess) {
  std::scoped_lock lock(mutex_);
  limit_ = bytes;
  strict_.store(excess == Excess::refuse, std::memory_order_release);
  waiters_.notify_all();  // Any of them may have to fail now.
}

std::size_t Budget::limit() const {
  std::scoped_lock lock(mutex_);
  return limit_;
}

std::size_t Budget::waiting() const {
  std::scoped_lock lock(mutex_);
  return waiters_.size();
}

std::size_t Budget::used() const {
  std::scoped_lock lock(mutex_);
  return used_;
}

}  // namespace posixpar::pool
