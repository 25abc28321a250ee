#pragma once
/// \file Overflow-checked arithmetic for numbers from files.
#include <concepts>
#include <cstdint>
#include <optional>

namespace posixpar {

template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, T b) {
  T out{};
  if (__builtin_add_overflow(a, b, &out)) return std::nullopt;
  return out;
}

template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checked_mul(T a, T b) {
  T out{};
  if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
  return out;
}

/// Rounds `value` down to a multiple of `alignment`, a power of two.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T align_down(T value, T alignment) {
  return value & ~(alignment - 1);
}

/// Rounds `value` up to a multiple of `alignment`, a power of two. The caller ensures that the result does not
/// overflow.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T align_up(T value, T alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

}  // namespace posixpar
