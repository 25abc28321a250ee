#pragma once
/// \file Internal to native/codecs: decodes blocks of ZFP, which have 4 values in each of up to 4 dimensions.
///
/// A block of floats has a common exponent and integers relative to it. The integers are transformed, sorted by
/// frequency and stored bit plane by bit plane, as negabinary numbers. Source: the chapter "Algorithm" of the
/// documentation of zfp 1.0.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "native/codecs/lsb_bits.h"
#include "native/codecs/zfp_order.h"

namespace posixpar::codecs::zfp {

/// Number of values of a block with `rank` dimensions.
constexpr std::size_t block_values(unsigned rank) { return std::size_t{1} << 2 * rank; }

/// Parameters of the encoder (its "expert mode").
struct Mode {
  unsigned min_bits = 1;
  unsigned max_bits = 0;
  unsigned precision = 0;
  int min_exponent = 0;

  /// Smallest exponent of a tolerance; the encoder is reversible if `min_exponent` is below it.
  static constexpr int kMinExponent = -1074;
  [[nodiscard]] bool is_reversible() const { return min_exponent < kMinExponent; }
};

template <typename T>
struct Numbers;
template <>
struct Numbers<std::int32_t> {
  using Int = std::int32_t;
  static constexpr unsigned exponent_bits = 0;
  static constexpr int bias = 0;
};
template <>
struct Numbers<std::int64_t> {
  using Int = std::int64_t;
  static constexpr unsigned exponent_bits = 0;
  static constexpr int bias = 0;
};
template <>
struct Numbers<float> {
  using Int = std::int32_t;
  static constexpr unsigned exponent_bits = 8;
  static constexpr int bias = 127;
};
template <>
struct Numbers<double> {
  using Int = std::int64_t;
  static constexpr unsigned exponent_bits = 11;
  static constexpr int bias = 1023;
};

/// Decodes bit planes of `N` coefficients from at most `budget` bits. \returns the number of bits left.
template <std::size_t N, typename U>
std::uint64_t decode_planes(LsbBits& bits, std::uint64_t budget, unsigned precision, std::array<U, N>& coefficients) {
  constexpr unsigned kWidth = 8 * sizeof(U);
  const unsigned last = precision < kWidth ? kWidth - precision : 0;
  coefficients.fill(0);
  std::size_t known = 0;  // Coefficients before this one may have bits in any plane.
  for (unsigned plane = kWidth; budget > 0 && plane-- > last;) {
    std::array<std::uint64_t, (N + 63) / 64> ones{};
    std::size_t plain = static_cast<std::size_t>(std::min<std::uint64_t>(known, budget));
    budget -= plain;
    for (std::size_t word = 0; plain > 0; ++word) {
      const auto now = static_cast<unsigned>(std::min<std::size_t>(plain, 64));
      ones[word] = bits.take(now);
      plain -= now;
    }
    // A one says that another coefficient has a bit in this plane; the number of zeros after it says which.
    while (known < N && budget > 0) {
      --budget;
      if (bits.take(1) == 0) break;
      const auto limit = static_cast<unsigned>(std::min<std::uint64_t>(N - 1 - known, budget));
      const unsigned zeros = bits.take_zeros(limit);
      budget -= zeros < limit ? zeros + 1 : limit;
      known += zeros;
      ones[known / 64] |= std::uint64_t{1} << known % 64;
      ++known;
    }
    for (std::size_t word = 0; word < ones.size(); ++word) {
      for (std::uint64_t rest = ones[word]; rest != 0; rest &= rest - 1) {
        coefficients[64 * word + static_cast<std::size_t>(std::countr_zero(rest))] |= U{1} << plane;
      }
    }
  }
  return budget;
}

/// Inverts the transform of four values at distance `step`. Unsigned arithmetic wraps as in the encoder.
template <typename Int>
void invert_lossy(Int* p, std::size_t step) {
  using U = std::make_unsigned_t<Int>;
  const auto half = [](U v) { return static_cast<U>(static_cast<Int>(v) >> 1); };
  U x = static_cast<U>(p[0]);
  U y = static_cast<U>(p[step]);
  U z = static_cast<U>(p[2 * step]);
  U w = static_cast<U>(p[3 * step]);
  y += half(w);
  w -= half(y);
  y += w;
  w = (w << 1) - y;
  z += x;
  x = (x << 1) - z;
  y += z;
  z = (z << 1) - y;
  w += x;
  x = (x << 1) - w;
  p[0] = static_cast<Int>(x);
  p[step] = static_cast<Int>(y);
  p[2 * step] = static_cast<Int>(z);
  p[3 * step] = static_cast<Int>(w);
}

/// Inverts the reversible transform: the values are sums of differences of the orders 0 to 3.
template <typename Int>
void invert_reversible(Int* p, std::size_t step) {
  using U = std::make_unsigned_t<Int>;
  const U x = static_cast<U>(p[0]);
  U y = static_cast<U>(p[step]);
  U z = static_cast<U>(p[2 * step]);
  U w = static_cast<U>(p[3 * step]);
  w += z;
  z += y;
  w += z;
  y += x;
  z += y;
  w += z;
  p[step] = static_cast<Int>(y);
  p[2 * step] = static_cast<Int>(z);
  p[3 * step] = static_cast<Int>(w);
}

/// Applies `invert` along each dimension, the slowest first.
template <unsigned Rank, typename Int, typename Invert>
void invert_block(std::array<Int, block_values(Rank)>& values, Invert invert) {
  for (unsigned d = Rank; d-- > 0;) {
    const std::size_t step = block_values(d);
    for (std::size_t outer = 0; outer < values.size(); outer += 4 * step) {
      for (std::size_t inner = 0; inner < step; ++inner) invert(values.data() + outer + inner, step);
    }
  }
}

/// Decodes integers. \param used  bits of the block that were read before. \returns the number of bits read in total.
template <unsigned Rank, typename Int>
std::uint64_t decode_integers(LsbBits& bits, const Mode& mode, std::uint64_t used, unsigned precision,
                              std::array<Int, block_values(Rank)>& values) {
  using U = std::make_unsigned_t<Int>;
  if (mode.is_reversible()) {
    constexpr unsigned kPrecisionBits = sizeof(Int) == 4 ? 5 : 6;
    precision = static_cast<unsigned>(bits.take(kPrecisionBits)) + 1;
    used += kPrecisionBits;
  }
  const std::uint64_t budget = mode.max_bits > used ? mode.max_bits - used : 0;
  std::array<U, block_values(Rank)> coefficients;
  used += budget - decode_planes(bits, budget, precision, coefficients);
  constexpr U kMask = static_cast<U>(0xAAAAAAAAAAAAAAAA);
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    values[order<Rank>()[i]] = static_cast<Int>((coefficients[i] ^ kMask) - kMask);
  }
  if (mode.is_reversible()) {
    invert_block<Rank>(values, invert_reversible<Int>);
  } else {
    invert_block<Rank>(values, invert_lossy<Int>);
  }
  return used;
}

/// Decodes floats. \returns the number of bits read.
template <typename T, unsigned Rank>
std::uint64_t decode_floats(LsbBits& bits, const Mode& mode, std::array<T, block_values(Rank)>& values) {
  using Int = typename Numbers<T>::Int;
  using U = std::make_unsigned_t<Int>;
  std::array<Int, block_values(Rank)> integers;
  if (bits.take(1) == 0) {
    values.fill(0);
    return 1;
  }
  std::uint64_t used = 1;
  if (mode.is_reversible()) {
    ++used;
    if (bits.take(1) != 0) {
      // The bits of the floats, as two's complement integers.
      used = decode_integers<Rank>(bits, mode, used, mode.precision, integers);
      constexpr U kMagnitude = static_cast<U>(~U{0}) >> 1;
      for (std::size_t i = 0; i < integers.size(); ++i) {
        const U raw = static_cast<U>(integers[i]);
        values[i] = std::bit_cast<T>(integers[i] < 0 ? static_cast<U>(raw ^ kMagnitude) : raw);
      }
      return used;
    }
  }
  const int exponent = static_cast<int>(bits.take(Numbers<T>::exponent_bits)) - Numbers<T>::bias;
  const int planes = std::max(0, exponent - mode.min_exponent + 2 * static_cast<int>(Rank) + 2);
  const unsigned precision = std::min(mode.precision, static_cast<unsigned>(planes));
  used = decode_integers<Rank>(bits, mode, used + Numbers<T>::exponent_bits, precision, integers);
  const T scale = std::ldexp(T{1}, exponent - (static_cast<int>(8 * sizeof(T)) - 2));
  for (std::size_t i = 0; i < integers.size(); ++i) values[i] = scale * static_cast<T>(integers[i]);
  return used;
}

/// Decodes one block. Bits beyond the end of the stream are zero.
template <typename T, unsigned Rank>
void decode_block(LsbBits& bits, const Mode& mode, std::array<T, block_values(Rank)>& values) {
  std::uint64_t used = 0;
  if constexpr (std::is_floating_point_v<T>) {
    used = decode_floats<T, Rank>(bits, mode, values);
  } else {
    used = decode_integers<Rank>(bits, mode, 0, mode.precision, values);
  }
  if (used < mode.min_bits) bits.skip(mode.min_bits - used);
}

}  // namespace posixpar::codecs::zfp
