#pragma once
/// \file Internal to native/codecs: number types of pco, and their order.
///
/// The rank of a number is an unsigned integer of the same size. Ranks are in the order of the numbers.
#include <bit>
#include <concepts>
#include <cstdint>

#include "native/kernels/half.h"

namespace posixpar::codecs::pco {

/// Number types, by their byte in a stream.
enum class Number : std::uint8_t {
  u32 = 1,
  u64 = 2,
  i32 = 3,
  i64 = 4,
  f32 = 5,
  f64 = 6,
  u16 = 7,
  i16 = 8,
  f16 = 9,
  u8 = 10,
  i8 = 11
};

[[nodiscard]] constexpr bool is_float(Number type) {
  return type == Number::f16 || type == Number::f32 || type == Number::f64;
}

[[nodiscard]] constexpr bool is_signed_integer(Number type) {
  return type == Number::i8 || type == Number::i16 || type == Number::i32 || type == Number::i64;
}

/// Returns the size of a number, or 0 if the type is unknown.
[[nodiscard]] constexpr std::size_t size_of(Number type) {
  switch (type) {
    case Number::u8:
    case Number::i8:
      return 1;
    case Number::u16:
    case Number::i16:
    case Number::f16:
      return 2;
    case Number::u32:
    case Number::i32:
    case Number::f32:
      return 4;
    case Number::u64:
    case Number::i64:
    case Number::f64:
      return 8;
    default:
      return 0;
  }
}

/// Floats of the size of `L`. `value` and `bits` convert to and from the type in which products are computed; a product
/// of halves is exact in single precision, and then rounded. There are no floats of one byte.
template <typename L>
struct Floats {
  static constexpr unsigned mantissa_bits = 0;
};
template <>
struct Floats<std::uint16_t> {
  static constexpr unsigned mantissa_bits = 10;
  static float value(std::uint16_t bits) { return half_to_float({bits}); }
  static std::uint16_t bits(float value) { return half_from_double(value).bits; }
};
template <>
struct Floats<std::uint32_t> {
  static constexpr unsigned mantissa_bits = 23;
  static float value(std::uint32_t bits) { return std::bit_cast<float>(bits); }
  static std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }
};
template <>
struct Floats<std::uint64_t> {
  static constexpr unsigned mantissa_bits = 52;
  static double value(std::uint64_t bits) { return std::bit_cast<double>(bits); }
  static std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }
};

template <std::unsigned_integral L>
inline constexpr L kMiddleRank = static_cast<L>(L{1} << (8 * sizeof(L) - 1));

/// Returns the bits of the float with a rank.
template <std::unsigned_integral L>
[[nodiscard]] L float_of_rank(L rank) {
  return static_cast<L>((rank & kMiddleRank<L>) != 0 ? rank ^ kMiddleRank<L> : ~rank);
}

/// Returns the rank of the float with `bits`.
template <std::unsigned_integral L>
[[nodiscard]] L rank_of_float(L bits) {
  return static_cast<L>((bits & kMiddleRank<L>) != 0 ? ~bits : bits ^ kMiddleRank<L>);
}

/// Returns the bits of the number with a rank.
template <std::unsigned_integral L>
[[nodiscard]] L number_of_rank(Number type, L rank) {
  if (is_float(type)) return float_of_rank(rank);
  return is_signed_integer(type) ? static_cast<L>(rank ^ kMiddleRank<L>) : rank;
}

/// Returns the bits of a float that is an integer. Beyond the integers that a float represents exactly, each latent is
/// one float.
template <std::unsigned_integral L>
[[nodiscard]] L integer_float(L latent) {
  constexpr L kMiddle = kMiddleRank<L>;
  constexpr L kExact = static_cast<L>(L{1} << (Floats<L>::mantissa_bits + 1));
  using F = decltype(Floats<L>::value(L{0}));
  const bool is_negative = latent < kMiddle;
  const L magnitude = static_cast<L>(is_negative ? kMiddle - 1 - latent : latent - kMiddle);
  const L bits = magnitude < kExact ? Floats<L>::bits(static_cast<F>(magnitude))
                                    : static_cast<L>(Floats<L>::bits(static_cast<F>(kExact)) + (magnitude - kExact));
  return is_negative ? static_cast<L>(bits ^ kMiddle) : bits;
}

}  // namespace posixpar::codecs::pco
