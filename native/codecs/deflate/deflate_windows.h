#pragma once
/// \file The windows of the restart points of a deflate stream. They are most of an index of restart points, so those
/// of a saved index are read when they are needed.
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace posixpar {

/// The last output before a piece: up to 32 KiB.
using DeflateWindow = std::vector<std::byte>;

/// Windows by the numbers of their pieces. Several threads may call get() and set() at the same time.
class DeflateWindows {
 public:
  /// Appends a place for the window of the next piece. No other thread may use the object.
  void append(std::shared_ptr<const DeflateWindow> window) { windows_.push_back(std::move(window)); }

  /// Returns a window; null if it is missing.
  [[nodiscard]] std::shared_ptr<const DeflateWindow> get(std::size_t piece) const {
    const std::scoped_lock lock(mutex_);
    return windows_[piece];
  }

  /// Adds a window, unless it was added before.
  void set(std::size_t piece, std::shared_ptr<const DeflateWindow> window) {
    const std::scoped_lock lock(mutex_);
    if (windows_[piece] == nullptr) windows_[piece] = std::move(window);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const DeflateWindow>> windows_;
};

}  // namespace posixpar
