#pragma once
/// \file Converts IEEE 754 binary16 numbers in software. Rounds to nearest even. A signaling NaN becomes quiet, and NaN
/// keeps the top bits of its payload, as with the F16C instructions.
#include <bit>
#include <cstdint>

namespace posixpar {

struct Half {
  std::uint16_t bits = 0;
};

[[nodiscard]] inline float half_to_float(Half half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half.bits & 0x8000U) << 16;
  const std::uint32_t exponent = (half.bits >> 10) & 0x1FU;
  const std::uint32_t fraction = half.bits & 0x3FFU;
  if (exponent == 0x1F) {
    const std::uint32_t quiet = fraction != 0 ? 0x400000U : 0;
    return std::bit_cast<float>(sign | 0x7F800000U | quiet | (fraction << 13));
  }
  if (exponent == 0) {
    // fraction * 2^-24 is exact in single precision.
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

/// Converts with a single rounding. (A conversion to float and then to half would round twice.)
[[nodiscard]] inline Half half_from_double(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 48) & 0x8000U);
  const std::uint64_t magnitude = bits & 0x7FFFFFFFFFFFFFFFULL;
  const auto with_sign = [sign](std::uint64_t rest) { return Half{static_cast<std::uint16_t>(sign | rest)}; };
  if (magnitude >= 0x7FF0000000000000ULL) {
    const std::uint64_t fraction = magnitude & 0xFFFFFFFFFFFFFULL;
    return with_sign(fraction == 0 ? 0x7C00U : 0x7E00U | (fraction >> 42));
  }
  const auto exponent = static_cast<std::int64_t>(magnitude >> 52) - 1023;
  if (exponent > 15) return with_sign(0x7C00U);
  if (exponent < -25) return with_sign(0);
  // Significand with its leading one. Its last kept bit has the value 2^(exponent - 10), or 2^-24 for subnormals.
  const std::uint64_t significand = (magnitude & 0xFFFFFFFFFFFFFULL) | 0x10000000000000ULL;
  const int drop = exponent >= -14 ? 42 : static_cast<int>(42 + (-14 - exponent));
  std::uint64_t kept = significand >> drop;
  const std::uint64_t rest = significand & ((1ULL << drop) - 1);
  const std::uint64_t tie = 1ULL << (drop - 1);
  if (rest > tie || (rest == tie && (kept & 1U) != 0)) ++kept;
  // A carry out of the fraction correctly increments the exponent; at the maximum exponent it gives infinity.
  if (exponent >= -14) kept += static_cast<std::uint64_t>(exponent + 14) << 10;
  return with_sign(kept);
}

}  // namespace posixpar
