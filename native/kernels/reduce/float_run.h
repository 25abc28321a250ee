#pragma once
/// \file Computes the exact sum of a run of float32 in one pass, with vector instructions. The values are added as
/// doubles. A second computation finds the largest and the smallest exponent. If they are close enough, all values are
/// multiples of one power of two, and their sums have so few bits that no addition has rounded.
#include <cstddef>
#include <cstdint>
#include <optional>

#include "native/kernels/isa.h"

namespace posixpar {

/// Maximum number of values of a run.
inline constexpr std::size_t kMaxFloatRun = 2048;
/// The number of values of a run must be a multiple of this.
inline constexpr std::size_t kFloatRunUnit = 32;

/// The number `units` * 2^`exponent`.
struct RunSum {
  std::int64_t units = 0;
  int exponent = 0;  ///< At least -149.
};

/// Computes the sum of `count` contiguous values of type float32 at `source`, which need not be aligned.
/// \returns nothing if the sum may be inexact, because the exponents differ by more than 23 or because a value is not
/// finite, or if `isa` has no kernel.
[[nodiscard]] std::optional<RunSum> sum_float_run(const std::byte* source, std::size_t count, Isa isa);

}  // namespace posixpar
