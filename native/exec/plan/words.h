#pragma once
/// \file Reads the words (numbers) of a plan and checks each of them.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "native/base/error.h"
#include "native/base/generated/wire.h"
#include "native/exec/plan/check.h"

namespace posixpar {

/// Returns the error of a plan that contradicts itself.
inline Error invalid(std::string message) {
  return {.kind = ErrorKind::invalid, .op = "plan", .path = {}, .message = std::move(message)};
}

/// Reads words by their position. After an invalid word, failed() stays true.
class Words {
 public:
  explicit Words(std::span<const double> words) : words_(words) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] double raw(std::size_t at) {
    if (at >= words_.size()) {
      failed_ = true;
      return 0;
    }
    return words_[at];
  }
  /// Returns the word at `at`, which must be an integer in [0, limit].
  std::uint64_t natural(std::size_t at, double limit = kMaxExact) {
    const double v = raw(at);
    if (!(v >= 0 && v <= limit) || v != std::floor(v)) {
      failed_ = true;
      return 0;
    }
    return static_cast<std::uint64_t>(v);
  }
  /// Returns the word at `at` as an enumerator.
  template <typename Enum>
  Enum choice(std::size_t at) {
    return static_cast<Enum>(natural(at, static_cast<double>(count_of(Enum{}) - 1)));
  }
  std::int64_t integer(std::size_t at) {
    const double v = raw(at);
    if (!(v >= -kMaxExact && v <= kMaxExact) || v != std::floor(v)) {
      failed_ = true;
      return 0;
    }
    return static_cast<std::int64_t>(v);
  }

 private:
  std::span<const double> words_;
  bool failed_ = false;
};

}  // namespace posixpar
