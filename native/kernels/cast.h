#pragma once
/// \file Internal to the converters: converts one value. The branches of the functions compile to selects, so the
/// compiler can vectorise loops that call them. Exceptions are truncated_modulo() and conversions from and to float16.
/// No cast has undefined behaviour.
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "native/kernels/half.h"
#include "native/kernels/scatter.h"

#define POSIXPAR_INLINE inline __attribute__((always_inline))

namespace posixpar::convert_detail {

/// Loads an element of type `Stored` as the type that arithmetic uses (`Value`).
template <typename Stored>
struct Element {
  using Value = Stored;
  static POSIXPAR_INLINE Value load(const std::byte* at) {
    Stored stored;
    std::memcpy(&stored, at, sizeof stored);
    return stored;
  }
};

template <>
struct Element<bool> {
  using Value = bool;
  /// Any non-zero byte is true.
  static POSIXPAR_INLINE Value load(const std::byte* at) { return *at != std::byte{0}; }
};

template <>
struct Element<Half> {
  using Value = float;
  static POSIXPAR_INLINE Value load(const std::byte* at) {
    Half stored;
    std::memcpy(&stored, at, sizeof stored);
    return half_to_float(stored);
  }
};

template <typename Stored>
POSIXPAR_INLINE void store(std::byte* at, Stored value) {
  if constexpr (std::same_as<Stored, bool>) {
    *at = static_cast<std::byte>(value ? 1 : 0);
  } else {
    std::memcpy(at, &value, sizeof value);
  }
}

template <typename T>
inline constexpr bool is_integer = std::integral<T> && !std::same_as<T, bool>;

/// Returns true if To can represent every value of From, so that no overflow check is needed. Rounding is allowed.
/// Returns false for equal types.
template <typename From, typename To>
constexpr bool always_fits() {
  if constexpr (std::same_as<From, To>) {
    return false;  // Same type: there is nothing to convert.
  } else if constexpr (std::same_as<From, bool> || std::same_as<To, bool>) {
    return true;
  } else if constexpr (std::same_as<From, Half>) {
    return std::floating_point<To>;
  } else if constexpr (std::same_as<To, Half>) {
    return is_integer<From> && sizeof(From) <= 2 && !std::same_as<From, std::uint16_t>;
  } else if constexpr (is_integer<From> && is_integer<To>) {
    return std::in_range<To>(std::numeric_limits<From>::min()) && std::in_range<To>(std::numeric_limits<From>::max());
  } else if constexpr (is_integer<From>) {
    return true;
  } else {
    return std::same_as<From, float> && std::same_as<To, double>;
  }
}

template <typename To, typename Value>
POSIXPAR_INLINE To cast_that_fits(Value value) {
  if constexpr (std::same_as<To, bool>) {
    return value != Value{0};  // NaN is true, as in NumPy.
  } else if constexpr (std::same_as<To, Half>) {
    return half_from_double(static_cast<double>(value));
  } else {
    return static_cast<To>(value);
  }
}

/// Computes `a && b` without a branch.
POSIXPAR_INLINE bool both(bool a, bool b) { return (static_cast<int>(a) & static_cast<int>(b)) != 0; }

/// The smallest integer above the range of To. It is a power of two, so a double represents it exactly.
template <typename To>
inline constexpr double kEnd = 2.0 * static_cast<double>(std::uint64_t{1} << (std::numeric_limits<To>::digits - 1));

/// Returns true if `value`, rounded toward zero, is in the range of To; false for NaN.
template <typename To>
POSIXPAR_INLINE bool truncated_fits(double value) {
  if constexpr (std::unsigned_integral<To>) {
    return both(value > -1.0, value < kEnd<To>);
  } else if constexpr (sizeof(To) == 8) {
    return (value >= -kEnd<To>)&(value < kEnd<To>);  // The next double below -2^63 is out of range.
  } else {
    return both(value > -kEnd<To> - 1.0, value < kEnd<To>);
  }
}

/// Rounds toward zero, modulo 2^64; returns 0 for NaN and infinities.
inline std::uint64_t truncated_modulo(double value) {
  if (std::fabs(value) < 0x1p63) return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  if (!std::isfinite(value)) return 0;
  const double rest = std::fmod(value, 0x1p64);  // Exact: doubles of this size are integers.
  const auto magnitude = static_cast<std::uint64_t>(std::fabs(rest));
  return rest < 0 ? 0 - magnitude : magnitude;
}

/// Converts `value` (std::int64_t, std::uint64_t or double) to `To`.
/// \returns false, with an unspecified value in `out`, if the value does not fit and `kOverflow` is `error`.
template <typename To, Overflow kOverflow, typename Value>
POSIXPAR_INLINE bool narrow(Value value, To& out) {
  using Limits = std::numeric_limits<To>;
  if constexpr (std::same_as<To, bool>) {
    out = value != Value{0};
    return true;
  } else if constexpr (is_integer<To> && std::integral<Value>) {
    if constexpr (kOverflow == Overflow::clamp) {
      const bool low = std::cmp_less(value, Limits::min());
      const bool high = std::cmp_greater(value, Limits::max());
      out = low ? Limits::min() : (high ? Limits::max() : static_cast<To>(value));
      return true;
    }
    out = static_cast<To>(value);
    return kOverflow == Overflow::wrap || std::in_range<To>(value);
  } else if constexpr (is_integer<To>) {
    if constexpr (kOverflow == Overflow::wrap) {
      out = static_cast<To>(truncated_modulo(value));
      return true;
    }
    const bool fits = truncated_fits<To>(value);
    out = static_cast<To>(fits ? value : 0.0);
    if constexpr (kOverflow == Overflow::error) return fits;
    if (value >= kEnd<To>) out = Limits::max();
    if (value <= static_cast<double>(Limits::min())) out = Limits::min();
    return true;
  } else {
    static_assert(std::same_as<Value, double> && std::same_as<To, float>);
    out = static_cast<float>(value);
    if constexpr (kOverflow == Overflow::wrap) return true;
    const bool overflows = both(std::fabs(out) > Limits::max(), std::fabs(value) <= std::numeric_limits<double>::max());
    if constexpr (kOverflow == Overflow::error) return !overflows;
    out = overflows ? std::copysign(Limits::max(), out) : out;
    return true;
  }
}

}  // namespace posixpar::convert_detail
