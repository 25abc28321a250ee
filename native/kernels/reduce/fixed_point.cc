#include "native/kernels/reduce/fixed_point.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace posixpar {
namespace {

/// Number of words that can hold the square of a sum of doubles, or a sum of squares times a count.
constexpr std::size_t kMaxWords = 72;
/// Exponent of the smallest positive double, 2^-1074.
constexpr int kMinExponent = -1074;

/// A number that is not negative, without leading zero words. Zero has no words.
struct Magnitude {
  std::array<std::uint64_t, kMaxWords> words{};
  std::size_t size = 0;

  void trim() {
    while (size > 0 && words[size - 1] == 0) size--;
  }
  [[nodiscard]] int bits() const { return static_cast<int>(64 * size) - std::countl_zero(words[size - 1]); }
};

bool is_negative(ConstLimbs number) { return (number.back() >> 63) != 0; }

Magnitude magnitude_of(ConstLimbs number) {
  Magnitude result;
  result.size = number.size();
  const bool negative = is_negative(number);
  std::uint64_t carry = negative ? 1 : 0;
  for (std::size_t i = 0; i < number.size(); i++) {
    result.words[i] = (negative ? ~number[i] : number[i]) + carry;
    carry = carry != 0 && result.words[i] == 0 ? 1 : 0;
  }
  result.trim();
  return result;
}

Magnitude multiply(const Magnitude& a, const Magnitude& b) {
  Magnitude product;
  product.size = a.size + b.size;
  for (std::size_t i = 0; i < a.size; i++) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < b.size; j++) {
      const Uint128 sum = Uint128{a.words[i]} * b.words[j] + product.words[i + j] + carry;
      product.words[i + j] = static_cast<std::uint64_t>(sum);
      carry = static_cast<std::uint64_t>(sum >> 64);
    }
    product.words[i + b.size] = carry;
  }
  product.trim();
  return product;
}

/// Returns a - b. \pre a >= b
Magnitude subtract(const Magnitude& a, const Magnitude& b) {
  Magnitude difference;
  difference.size = a.size;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < a.size; i++) {
    const Uint128 word = Uint128{a.words[i]} - b.words[i] - borrow;
    difference.words[i] = static_cast<std::uint64_t>(word);
    borrow = static_cast<std::uint64_t>(word >> 64) & 1U;
  }
  difference.trim();
  return difference;
}

/// Returns number / 2^begin, rounded to the nearest integer (ties to even).
/// \param inexact  true if the exact value is greater than `number`, but by less than its last bit.
/// \pre the result has at most 54 bits.
std::uint64_t rounded_bits(const Magnitude& number, int begin, bool inexact) {
  if (begin <= 0) return number.words[0] << -begin;
  const auto word = static_cast<std::size_t>(begin) / 64;
  const int shift = begin % 64;
  std::uint64_t kept = word < number.size ? number.words[word] >> shift : 0;
  if (shift != 0 && word + 1 < number.size) kept |= number.words[word + 1] << (64 - shift);
  const auto half_word = static_cast<std::size_t>(begin - 1) / 64;
  const std::uint64_t half = std::uint64_t{1} << ((begin - 1) % 64);
  if (half_word >= number.size || (number.words[half_word] & half) == 0) return kept;
  bool below = inexact || (number.words[half_word] & (half - 1)) != 0;
  for (std::size_t i = 0; i < half_word && !below; i++) below = number.words[i] != 0;
  return below || (kept & 1U) != 0 ? kept + 1 : kept;
}

double round_magnitude(const Magnitude& number, int exponent, bool inexact) {
  if (number.size == 0) return 0;
  const int last = std::max(number.bits() + exponent - 53, kMinExponent);
  return std::ldexp(static_cast<double>(rounded_bits(number, last - exponent, inexact)), last);
}

struct Parts {
  std::uint64_t mantissa = 0;
  int exponent = 0;
};

Parts split(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto biased = static_cast<int>((bits >> 52) & 0x7FFU);
  const std::uint64_t fraction = bits & 0xFFFFFFFFFFFFFULL;
  if (biased == 0) return {fraction, kMinExponent};
  return {fraction | 0x10000000000000ULL, biased - 1 + kMinExponent};
}

void add_scaled(Limbs number, Uint128 magnitude, int position, bool negative) {
  // For a negative position the value is shifted right. The dropped bits are zero.
  if (position < 0) {
    add_shifted(number, position > -128 ? magnitude >> -position : 0, 0, negative);
  } else {
    add_shifted(number, magnitude, static_cast<unsigned>(position), negative);
  }
}

}  // namespace

void add_double(Limbs number, double value, int exponent) {
  const Parts parts = split(value);
  add_scaled(number, parts.mantissa, parts.exponent - exponent, std::signbit(value));
}

void add_square(Limbs number, double value, int exponent) {
  const Parts parts = split(value);
  add_scaled(number, Uint128{parts.mantissa} * parts.mantissa, 2 * (parts.exponent - exponent), false);
}

void add_number(Limbs number, ConstLimbs other) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < number.size(); i++) {
    const Uint128 sum = Uint128{number[i]} + other[i] + carry;
    number[i] = static_cast<std::uint64_t>(sum);
    carry = static_cast<std::uint64_t>(sum >> 64);
  }
}

double to_double(ConstLimbs number, int exponent) {
  const double rounded = round_magnitude(magnitude_of(number), exponent, false);
  return is_negative(number) ? -rounded : rounded;
}

double divide(ConstLimbs number, int exponent, std::uint64_t divisor) {
  const Magnitude dividend = magnitude_of(number);
  if (dividend.size == 0) return 0;
  // Two more words below the last one give the quotient more bits than a double has.
  Magnitude quotient;
  quotient.size = dividend.size + 2;
  std::uint64_t rest = 0;
  for (std::size_t i = quotient.size; i-- > 0;) {
    const Uint128 part = (Uint128{rest} << 64) | (i >= 2 ? dividend.words[i - 2] : 0);
    quotient.words[i] = static_cast<std::uint64_t>(part / divisor);
    rest = static_cast<std::uint64_t>(part % divisor);
  }
  quotient.trim();
  const double rounded = round_magnitude(quotient, exponent - 128, rest != 0);
  return is_negative(number) ? -rounded : rounded;
}

double standard_deviation(ConstLimbs sum, ConstLimbs squares, int exponent, std::uint64_t count, std::uint64_t ddof) {
  if (count <= ddof) return std::numeric_limits<double>::quiet_NaN();
  Magnitude times;
  times.words[0] = count;
  times.size = 1;
  const Magnitude total = magnitude_of(sum);
  const Magnitude numerator = subtract(multiply(magnitude_of(squares), times), multiply(total, total));
  if (numerator.size == 0) return 0;
  // Approximates the numerator by `leading` * 2^power, where `leading` has 53 bits.
  int power = numerator.bits() - 53;
  auto leading = static_cast<double>(rounded_bits(numerator, power, false));
  power += 2 * exponent;
  if (power % 2 != 0) {
    leading *= 2;
    power -= 1;
  }
  const auto divisor = static_cast<double>(Uint128{count} * (count - ddof));
  return std::ldexp(std::sqrt(leading / divisor), power / 2);
}

}  // namespace posixpar
