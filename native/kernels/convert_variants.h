#pragma once
/// \file Internal to convert.cc: the conversion loops, and the tables that select them by element type and instruction
/// set.
#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#include "native/kernels/cast.h"
#include "native/kernels/convert.h"

namespace posixpar::convert_detail {

/// Real element types in the order of their codes.
using RealTypes = std::tuple<bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
                             std::int64_t, std::uint64_t, Half, float, double>;
inline constexpr std::size_t kRealCount = std::tuple_size_v<RealTypes>;
template <std::size_t kCode>
using Real = std::tuple_element_t<kCode, RealTypes>;

using FitsRow = std::array<LineConverter::Step, kRealCount>;
using NarrowRow = std::array<LineConverter::CheckedStep, kRealCount>;

struct ConvertKernels {
  /// Indexed [from][to]. Null unless always_fits<From, To>() is true.
  std::array<FitsRow, kRealCount> fits;
  /// Indexed [overflow][to], by `Overflow` and target type. Null for the source type itself, and, from int64 and
  /// uint64, for types that are not integers.
  std::array<NarrowRow, 3> narrow_int64;
  std::array<NarrowRow, 3> narrow_uint64;
  std::array<NarrowRow, 3> narrow_float64;
  LineConverter::ScaleStep scale;
  LineConverter::DecodeStep decode;
  LineConverter::DecodeStep decode_single;  ///< Rounds to float32 after each operation.
  LineConverter::DecodeStep mask;           ///< Writes 1 for missing values, else 0.
};

[[nodiscard]] const ConvertKernels& convert_kernels(Isa isa);

#if defined(__x86_64__)
[[nodiscard]] const ConvertKernels& convert_kernels_avx2();
#endif

template <typename From, typename To>
POSIXPAR_INLINE void fits_loop(const std::byte* __restrict in, std::byte* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    store(out + i * sizeof(To), cast_that_fits<To>(Element<From>::load(in + i * sizeof(From))));
  }
}

template <typename Wide, typename To, Overflow kOverflow>
POSIXPAR_INLINE bool narrow_loop(const std::byte* __restrict in, std::byte* __restrict out, std::size_t count) {
  unsigned misfits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    To value{};
    misfits |= narrow<To, kOverflow>(Element<Wide>::load(in + i * sizeof(Wide)), value) ? 0U : 1U;
    store(out + i * sizeof(To), value);
  }
  return misfits == 0;
}

/// Checks `out`, which was rounded from `in`, for infinities that come from finite values. The mode `clamp` replaces
/// them by the largest finite value, and `wrap` allows them. \returns false if the mode is `error` and there is such an
/// infinity.
template <Overflow kOverflow>
POSIXPAR_INLINE bool check_half_loop(const std::byte* in, std::byte* out, std::size_t count) {
  if constexpr (kOverflow == Overflow::wrap) return true;
  unsigned misfits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = std::fabs(Element<double>::load(in + i * sizeof(double)));
    const std::uint16_t bits = Element<std::uint16_t>::load(out + 2 * i);
    const bool misfit = both((bits & 0x7FFFU) == 0x7C00U, value <= std::numeric_limits<double>::max());
    misfits |= misfit ? 1U : 0U;
    // The bit pattern of the largest finite value is one less than the bit pattern of infinity.
    if constexpr (kOverflow == Overflow::clamp) store(out + 2 * i, static_cast<std::uint16_t>(bits - (misfit ? 1 : 0)));
  }
  return kOverflow == Overflow::clamp || misfits == 0;
}

POSIXPAR_INLINE void scale_loop(const std::byte* __restrict in, std::byte* __restrict out, std::size_t count,
                                double scale, double offset) {
  for (std::size_t i = 0; i < count * sizeof(double); i += sizeof(double)) {
    store(out + i, Element<double>::load(in + i) * scale + offset);
  }
}

/// Decodes `stored`, rounding to `Work` (float or double) after each operation.
template <typename Work>
POSIXPAR_INLINE double decoded(double stored, const Decoding& d) {
  const double value = static_cast<double>(static_cast<Work>(stored));
  const double scaled = static_cast<double>(static_cast<Work>(value * d.scale));
  return static_cast<double>(static_cast<Work>(scaled + d.offset));
}

/// Returns true if `stored` or `value` is outside its valid range; false for NaN.
POSIXPAR_INLINE bool is_out_of_range(double stored, double value, const Decoding& d) {
  const int bad = static_cast<int>(stored < d.low) | static_cast<int>(stored > d.high) |
                  static_cast<int>(value < d.decoded_low) | static_cast<int>(value > d.decoded_high);
  return bad != 0;
}

template <typename Work>
POSIXPAR_INLINE void decode_loop(const std::byte* __restrict in, std::byte* __restrict out, std::size_t count,
                                 const Decoding& decoding) {
  const Decoding d{decoding.scale,       decoding.offset,      false, false, {}, decoding.low, decoding.high,
                   decoding.decoded_low, decoding.decoded_high};
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < count * sizeof(double); i += sizeof(double)) {
    const double stored = Element<double>::load(in + i);
    const double value = decoded<Work>(stored, d);
    store(out + i, is_out_of_range(stored, value, d) ? kNaN : value);
  }
  for (const double missing : decoding.missing) {
    for (std::size_t i = 0; i < count * sizeof(double); i += sizeof(double)) {
      const double value = Element<double>::load(out + i);
      store(out + i, Element<double>::load(in + i) == missing ? kNaN : value);
    }
  }
}

POSIXPAR_INLINE void mask_loop(const std::byte* __restrict in, std::byte* __restrict out, std::size_t count,
                               const Decoding& d) {
  for (std::size_t i = 0; i < count * sizeof(double); i += sizeof(double)) {
    const double stored = Element<double>::load(in + i);
    const double value = d.single ? decoded<float>(stored, d) : decoded<double>(stored, d);
    bool missing = is_out_of_range(stored, value, d) || (d.nan_is_missing && std::isnan(stored));
    for (const double one : d.missing) missing = missing || stored == one;
    store(out + i, missing ? 1.0 : 0.0);
  }
}

/// Builds the tables from the functions of `Target`: fits<From, To>, narrow<Wide, To, Overflow>, scale, decode<Work>
/// and mask.
template <typename Target>
class TableBuilder {
 public:
  static constexpr ConvertKernels build() {
    return {
        fits_table(kCodes), narrow_table<std::int64_t>(),     narrow_table<std::uint64_t>(),   narrow_table<double>(),
        &Target::scale,     &Target::template decode<double>, &Target::template decode<float>, &Target::mask};
  }

 private:
  static constexpr auto kCodes = std::make_index_sequence<kRealCount>();

  template <typename From, typename To>
  static constexpr LineConverter::Step fits_entry() {
    if constexpr (always_fits<From, To>()) {
      return &Target::template fits<From, To>;
    } else {
      return nullptr;
    }
  }
  template <typename From, std::size_t... kTo>
  static constexpr FitsRow fits_row(std::index_sequence<kTo...>) {
    return {fits_entry<From, Real<kTo>>()...};
  }
  template <std::size_t... kFrom>
  static constexpr std::array<FitsRow, kRealCount> fits_table(std::index_sequence<kFrom...>) {
    return {fits_row<Real<kFrom>>(kCodes)...};
  }

  template <typename Wide, typename To, Overflow kOverflow>
  static constexpr LineConverter::CheckedStep narrow_entry() {
    if constexpr (std::same_as<Wide, To> || (std::integral<Wide> && !is_integer<To>)) {
      return nullptr;
    } else {
      return &Target::template narrow<Wide, To, kOverflow>;
    }
  }
  template <typename Wide, Overflow kOverflow, std::size_t... kTo>
  static constexpr NarrowRow narrow_row(std::index_sequence<kTo...>) {
    return {narrow_entry<Wide, Real<kTo>, kOverflow>()...};
  }
  template <typename Wide>
  static constexpr std::array<NarrowRow, 3> narrow_table() {
    return {narrow_row<Wide, Overflow::error>(kCodes), narrow_row<Wide, Overflow::clamp>(kCodes),
            narrow_row<Wide, Overflow::wrap>(kCodes)};
  }
};

}  // namespace posixpar::convert_detail
