#include "native/pool/budget.h"

#include <chrono>
#include <utility>

namespace posixpar::pool {
namespace {

/// How long a raised token may go unnoticed by a waiting thread.
constexpr auto kCancelPoll = std::chrono::milliseconds(10);

}  // namespace

Reservation::Reservation(Reservation&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this != &other) {
    reset();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

void Reservation::reset() {
  if (budget_ != nullptr) std::exchange(budget_, nullptr)->give_back(std::exchange(bytes_, 0));
}

Budget& Budget::instance() {
  static auto& budget = *new Budget(kDefaultBytes);
  return budget;
}

bool Budget::fits(std::size_t bytes) const { return holders_ == 0 || (used_ <= limit_ && bytes <= limit_ - used_); }

Reservation Budget::take(std::size_t bytes) {
  used_ += bytes;
  ++holders_;
  return {this, bytes};
}

std::optional<Reservation> Budget::acquire(std::size_t bytes, const CancelToken* cancel) {
  std::unique_lock lock(mutex_);
  const auto place = waiters_.insert(waiters_.end(), 0);
  const auto leave = [&] {
    waiters_.erase(place);
    changed_.notify_all();  // The next in line may fit as well.
  };
  while (place != waiters_.begin() || !fits(bytes)) {
    if (cancel == nullptr) {
      changed_.wait(lock);
      continue;
    }
    if (cancel->cancelled()) {
      leave();
      return std::nullopt;
    }
    changed_.wait_for(lock, kCancelPoll);
  }
  leave();
  return take(bytes);
}

std::optional<Reservation> Budget::try_acquire(std::size_t bytes) {
  std::scoped_lock lock(mutex_);
  if (!waiters_.empty() || !fits(bytes)) return std::nullopt;
  return take(bytes);
}

void Budget::give_back(std::size_t bytes) {
  std::scoped_lock lock(mutex_);
  used_ -= bytes;
  --holders_;
  if (!waiters_.empty()) changed_.notify_all();
}

void Budget::set_limit(std::size_t bytes) {
  std::scoped_lock lock(mutex_);
  limit_ = bytes;
  changed_.notify_all();
}

std::size_t Budget::limit() const {
  std::scoped_lock lock(mutex_);
  return limit_;
}

std::size_t Budget::used() const {
  std::scoped_lock lock(mutex_);
  return used_;
}

}  // namespace posixpar::pool
