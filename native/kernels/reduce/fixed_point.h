#pragma once
/// \file Exact arithmetic with fixed-point numbers of many words. A number is in two's complement, least significant
/// word first, and its last bit has the value 2^exponent. Additions are exact, so the order of a sum does not matter.
/// U. Kulisch, "Computer Arithmetic and Validity" (2008), describes such accumulators.
#include <cstddef>
#include <cstdint>
#include <span>

namespace posixpar {

__extension__ using Uint128 = unsigned __int128;
__extension__ using Int128 = __int128;

using Limbs = std::span<std::uint64_t>;
using ConstLimbs = std::span<const std::uint64_t>;

/// Adds `magnitude` * 2^`position`, or subtracts it if `negative` is true.
/// \pre the result fits, and so does the magnitude: 2^position * magnitude < 2^(64 * number.size()).
inline void add_shifted(Limbs number, Uint128 magnitude, unsigned position, bool negative) {
  if (magnitude == 0) return;
  const std::size_t first = position / 64;
  const unsigned shift = position % 64;
  const auto low = static_cast<std::uint64_t>(magnitude);
  const auto high = static_cast<std::uint64_t>(magnitude >> 64);
  const std::uint64_t parts[3] = {low << shift, shift == 0 ? high : (low >> (64 - shift)) | (high << shift),
                                  shift == 0 ? 0 : high >> (64 - shift)};
  std::uint64_t carry = 0;
  for (std::size_t i = first; i < number.size(); i++) {
    const std::uint64_t part = i - first < 3 ? parts[i - first] : 0;
    if (i - first >= 3 && carry == 0) return;
    const Uint128 sum = negative ? Uint128{number[i]} - part - carry : Uint128{number[i]} + part + carry;
    number[i] = static_cast<std::uint64_t>(sum);
    carry = static_cast<std::uint64_t>(sum >> 64) & 1U;
  }
}

/// Adds a finite `value`, whose last bit must be at least 2^`exponent`.
void add_double(Limbs number, double value, int exponent);
/// Adds the square of a finite `value` to a number whose exponent is 2 * `exponent`. The last bit of `value` must be at
/// least 2^`exponent`.
void add_square(Limbs number, double value, int exponent);
/// Adds a number of the same size and exponent.
void add_number(Limbs number, ConstLimbs other);

/// Returns number * 2^exponent, rounded once to the nearest double (ties to even).
double to_double(ConstLimbs number, int exponent);
/// Returns number * 2^exponent / divisor, rounded once. \pre divisor > 0; number.size() <= 34
double divide(ConstLimbs number, int exponent, std::uint64_t divisor);

/// Returns the standard deviation of `count` values from their sum and the sum of their squares:
/// sqrt((count * squares - sum^2) / (count * (count - ddof))). The numerator is exact; the error of the result is below
/// two units in the last place.
/// \param exponent  exponent of `sum`; the exponent of `squares` is twice as large.
/// \returns NaN if count <= ddof.
double standard_deviation(ConstLimbs sum, ConstLimbs squares, int exponent, std::uint64_t count, std::uint64_t ddof);

}  // namespace posixpar
