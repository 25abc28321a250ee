#pragma once
/// \file Counts bytes of results that reads have not written yet, for the memory limit.
#include <atomic>
#include <cstdint>

namespace posixpar {

/// Counts the bytes of a result that are not written yet, and adds them to a sum over all reads of the process. The
/// system counts new memory as used only after it is written. Thread-safe.
class UntouchedBytes {
 public:
  UntouchedBytes() = default;
  UntouchedBytes(const UntouchedBytes&) = delete;
  UntouchedBytes& operator=(const UntouchedBytes&) = delete;
  ~UntouchedBytes() { end(); }

  /// Number of unwritten bytes of all reads in flight.
  static std::uint64_t total() { return sum().load(std::memory_order_relaxed); }

  /// Begins to count. Small results are not counted, to avoid updates of the shared sum.
  void begin(std::uint64_t bytes) {
    if (bytes < kMinBytes) return;
    left_.store(bytes, std::memory_order_relaxed);
    sum().fetch_add(bytes, std::memory_order_relaxed);
  }
  /// Counts bytes that were written.
  void touch(std::uint64_t bytes) {
    std::uint64_t left = left_.load(std::memory_order_relaxed);
    while (left > 0) {
      const std::uint64_t taken = bytes < left ? bytes : left;
      if (!left_.compare_exchange_weak(left, left - taken, std::memory_order_relaxed)) continue;
      sum().fetch_sub(taken, std::memory_order_relaxed);
      return;
    }
  }
  /// Removes the remaining bytes from the sum, because the read has ended.
  void end() { touch(~std::uint64_t{0}); }

 private:
  static constexpr std::uint64_t kMinBytes = std::uint64_t{1} << 20;
  static std::atomic<std::uint64_t>& sum() {
    static std::atomic<std::uint64_t> bytes{0};
    return bytes;
  }
  std::atomic<std::uint64_t> left_{0};
};

}  // namespace posixpar
