#pragma once
/// \file Reads the words (numbers) of a plan and checks each of them.
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

/// Reads words by their position. For an invalid or missing word, the functions return 0, and failed() returns true
/// from then on.
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
    if (!(v >= 0 && v <= limit) || !is_integer(v)) {
      failed_ = true;
      return 0;
    }
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(v));
  }
  /// Returns the word at `at` as an enumerator.
  template <typename Enum>
  Enum choice(std::size_t at) {
    return static_cast<Enum>(natural(at, static_cast<double>(count_of(Enum{}) - 1)));
  }
  std::int64_t integer(std::size_t at) {
    const double v = raw(at);
    if (!(v >= -kMaxExact && v <= kMaxExact) || !is_integer(v)) {
      failed_ = true;
      return 0;
    }
    return static_cast<std::int64_t>(v);
  }

 private:
  /// \pre `v` is in the range of std::int64_t. Faster than std::floor(), which is a function call on older CPUs.
  static bool is_integer(double v) { return static_cast<double>(static_cast<std::int64_t>(v)) == v; }

  std::span<const double> words_;
  bool failed_ = false;
};

}  // namespace posixpar
