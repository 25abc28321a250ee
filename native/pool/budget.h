#pragma once
/// \file Limits the scratch memory that all reads and writes of the process together use.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "native/base/result.h"
#include "native/pool/cancel.h"
#include "native/pool/wait_line.h"

namespace posixpar::pool {

class Budget;

/// Bytes reserved in a budget. The destructor releases them.
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

/// What a budget does with a request that does not fit.
enum class Excess : std::uint8_t {
  /// If no bytes are reserved for a device, the next request for this device is always admitted. So a request that is
  /// larger than the budget does not wait forever, and if one device hangs while it holds the complete budget, other
  /// devices still get memory. The bytes reserved may exceed the limit.
  admit_when_idle,
  /// Requests wait until they fit, and requests that are larger than the limit fail. The bytes reserved never exceed
  /// the limit. If a device hangs while it holds the complete budget, requests for other devices wait, too.
  refuse,
};

/// A counting semaphore over bytes. Threads are served in the order of their due times, then of their arrival.
class Budget {
 public:
  static constexpr std::size_t kDefaultBytes = std::size_t{48} << 20;
  /// The budget of the process; never destroyed.
  static Budget& instance();
  explicit Budget(std::size_t limit_bytes, Excess excess = Excess::admit_when_idle)
      : limit_(limit_bytes), strict_(excess == Excess::refuse) {}

  /// Blocks until the bytes are available. While it waits, the thread cannot do other work. So do not call it on a
  /// thread that has a reservation, or on which threads with a reservation may depend: on the compute lane, use
  /// try_acquire(). \param due_ns  due time of the job for which the thread waits (Slice::due_ns).
  /// \returns `cancelled` if `cancel` (may be null) was raised while the thread waited; `memory` if the budget is
  /// strict and its limit is less than `bytes`, or becomes less while the thread waits.
  Result<Reservation> acquire(std::size_t bytes, const CancelToken* cancel = nullptr, std::int64_t due_ns = 0,
                              std::uint64_t device = 0);
  /// Reserves bytes without waiting. \returns nothing if they are not available or other threads are waiting. If the
  /// budget is not strict, and the device has neither a reservation nor a waiting thread, the request is always
  /// admitted.
  std::optional<Reservation> try_acquire(std::size_t bytes, std::uint64_t device = 0);
  /// \returns `memory` if the budget is strict and its limit is less than `bytes`.
  [[nodiscard]] Status check(std::size_t bytes) const;

  /// Changes the limit. Reservations stay valid, so more bytes than the new limit may be reserved until they end.
  void set_limit(std::size_t bytes, Excess excess);
  /// True for Excess::refuse. Needs no lock.
  [[nodiscard]] bool is_strict() const { return strict_.load(std::memory_order_acquire); }
  [[nodiscard]] std::size_t limit() const;
  [[nodiscard]] std::size_t used() const;
  /// Number of threads that wait in acquire().
  [[nodiscard]] std::size_t waiting() const;

 private:
  friend class Reservation;
  // The functions below need the lock.
  [[nodiscard]] bool fits(std::size_t bytes) const;
  [[nodiscard]] bool holds_none(std::uint64_t device) const { return !holders_.contains(device); }
  [[nodiscard]] Status check_locked(std::size_t bytes) const;
  Reservation take(std::size_t bytes, std::uint64_t device);
  void give_back(std::size_t bytes, std::uint64_t device);

  mutable std::mutex mutex_;
  std::size_t limit_;
  std::atomic<bool> strict_;  // Changed only with the lock.
  std::size_t used_ = 0;
  std::map<std::uint64_t, std::size_t> holders_;  // Number of reservations by device.
  WaitLine waiters_;
};

}  // namespace posixpar::pool
