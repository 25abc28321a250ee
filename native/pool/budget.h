#pragma once
/// \file Budget: bounds the memory that all reads of the process hold for bytes on their way.
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "native/pool/cancel.h"
#include "native/pool/wait_line.h"

namespace posixpar::pool {

class Budget;

/// Bytes taken from a budget; given back when it goes.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation() { reset(); }
  void reset();
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  friend class Budget;
  Reservation(Budget* budget, std::size_t bytes, std::uint64_t device)
      : budget_(budget), bytes_(bytes), device_(device) {}
  Budget* budget_ = nullptr;
  std::size_t bytes_ = 0;
  std::uint64_t device_ = 0;
};

/// A counting semaphore over bytes. A request of a device for which no bytes are held is admitted whatever others hold:
/// so requests larger than the budget are served, and a device that hangs with all of the budget holds up no other.
/// Waiters are served by their due times; those that are equal as they came.
class Budget {
 public:
  static constexpr std::size_t kDefaultBytes = std::size_t{48} << 20;
  /// The budget of the process; never destroyed.
  static Budget& instance();
  explicit Budget(std::size_t limit_bytes) : limit_(limit_bytes) {}

  /// Blocks until the bytes are there. A holder must not depend on the progress of the waiting thread: on the compute
  /// lane use try_acquire.
  /// \param due_ns  the due time of the copy that asks (Slice::due_ns).
  /// \returns nothing when `cancel` (may be null) was raised while waiting.
  std::optional<Reservation> acquire(std::size_t bytes, const CancelToken* cancel = nullptr, std::int64_t due_ns = 0,
                                     std::uint64_t device = 0);
  /// Nothing when it would have to wait, also behind others that wait.
  std::optional<Reservation> try_acquire(std::size_t bytes, std::uint64_t device = 0);

  void set_limit(std::size_t bytes);
  [[nodiscard]] std::size_t limit() const;
  [[nodiscard]] std::size_t used() const;
  /// Threads that wait in acquire().
  [[nodiscard]] std::size_t waiting() const;

 private:
  friend class Reservation;
  // The first three need the lock.
  [[nodiscard]] bool fits(std::size_t bytes) const;
  [[nodiscard]] bool holds_none(std::uint64_t device) const { return !holders_.contains(device); }
  Reservation take(std::size_t bytes, std::uint64_t device);
  void give_back(std::size_t bytes, std::uint64_t device);

  mutable std::mutex mutex_;
  std::size_t limit_;
  std::size_t used_ = 0;
  std::map<std::uint64_t, std::size_t> holders_;  // Reservations by device.
  WaitLine waiters_;
};

}  // namespace posixpar::pool
