#pragma once
/// \file Reference implementations of the kernels for tests: simple loops over single elements, in wide arithmetic.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "native/kernels/scatter.h"

namespace posixpar::oracle {

__extension__ using Int128 = __int128;

inline constexpr std::array<DType, 12> kRealTypes = {DType::bool8,  DType::int8,    DType::uint8,   DType::int16,
                                                     DType::uint16, DType::int32,   DType::uint32,  DType::int64,
                                                     DType::uint64, DType::float16, DType::float32, DType::float64};

/// The exact value of a stored number.
struct Number {
  bool integer = true;
  Int128 i = 0;
  double d = 0;
};

template <typename T>
T load(const std::byte* at) {
  T out;
  std::memcpy(&out, at, sizeof out);
  return out;
}

/// Returns the value of a float16, from its definition.
inline double half_value(std::uint16_t bits) {
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  if (exponent == 31) return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : std::nan("");
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

/// Returns the float16 nearest to `value`, ties to even, by binary search among all float16 values.
inline std::uint16_t nearest_half(double value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::fabs(value);
  if (magnitude >= 65520.0) return static_cast<std::uint16_t>(sign | 0x7C00);
  std::uint16_t low = 0;
  std::uint16_t high = 0x7BFF;
  while (low < high) {  // Finds the largest value that is not above `magnitude`.
    const auto middle = static_cast<std::uint16_t>((low + high + 1) / 2);
    if (half_value(middle) <= magnitude) {
      low = middle;
    } else {
      high = static_cast<std::uint16_t>(middle - 1);
    }
  }
  const double tie = low == 0x7BFF ? 65520.0 : (half_value(low) + half_value(static_cast<std::uint16_t>(low + 1))) / 2;
  if (magnitude > tie || (magnitude == tie && low % 2 == 1)) ++low;
  return static_cast<std::uint16_t>(sign | low);
}

inline Number read(DType type, const std::byte* at) {
  switch (type) {
    case DType::bool8:
      return {true, load<std::uint8_t>(at) != 0 ? 1 : 0, 0};
    case DType::int8:
      return {true, load<std::int8_t>(at), 0};
    case DType::uint8:
      return {true, load<std::uint8_t>(at), 0};
    case DType::int16:
      return {true, load<std::int16_t>(at), 0};
    case DType::uint16:
      return {true, load<std::uint16_t>(at), 0};
    case DType::int32:
      return {true, load<std::int32_t>(at), 0};
    case DType::uint32:
      return {true, load<std::uint32_t>(at), 0};
    case DType::int64:
      return {true, load<std::int64_t>(at), 0};
    case DType::uint64:
      return {true, load<std::uint64_t>(at), 0};
    case DType::float16:
      return {false, 0, half_value(load<std::uint16_t>(at))};
    case DType::float32:
      return {false, 0, static_cast<double>(load<float>(at))};
    default:
      return {false, 0, load<double>(at)};
  }
}

/// Stores the low `size` bytes of `value`.
inline void write_integer(Int128 value, std::size_t size, std::byte* at) {
  const auto low = static_cast<std::uint64_t>(value);
  std::memcpy(at, &low, size);
}

inline bool write_as_integer(Number number, Overflow overflow, std::size_t size, bool is_signed, std::byte* at) {
  const Int128 range = Int128{1} << (8 * size);
  const Int128 low = is_signed ? -(range / 2) : 0;
  const Int128 high = is_signed ? range / 2 - 1 : range - 1;
  Int128 value = number.i;
  if (!number.integer) {
    const double whole = std::trunc(number.d);
    if (!std::isfinite(whole)) {
      if (overflow == Overflow::error) return false;
      value = 0;
      if (overflow == Overflow::clamp && std::isinf(whole)) value = whole > 0 ? high : low;
    } else if (std::fabs(whole) < 0x1p100) {
      value = static_cast<Int128>(whole);
    } else {
      if (overflow == Overflow::error) return false;
      value = overflow == Overflow::clamp ? (whole > 0 ? high : low) : static_cast<Int128>(std::fmod(whole, 0x1p64));
    }
  }
  if (overflow == Overflow::error && (value < low || value > high)) return false;
  if (overflow == Overflow::clamp) value = std::clamp(value, low, high);
  write_integer(value, size, at);
  return true;
}

inline bool write_as_float(Number number, Overflow overflow, DType type, std::byte* at) {
  const bool finite = number.integer || std::isfinite(number.d);
  if (type == DType::float64) {
    const double out = number.integer ? static_cast<double>(number.i) : number.d;
    std::memcpy(at, &out, sizeof out);
    return true;
  }
  if (type == DType::float32) {
    float out = number.integer ? static_cast<float>(number.i) : static_cast<float>(number.d);
    if (finite && std::isinf(out)) {
      if (overflow == Overflow::error) return false;
      if (overflow == Overflow::clamp) out = std::copysign(std::numeric_limits<float>::max(), out);
    }
    std::memcpy(at, &out, sizeof out);
    return true;
  }
  const double value = number.integer ? static_cast<double>(number.i) : number.d;
  std::uint16_t out = std::isnan(value) ? std::uint16_t{0x7E00} : nearest_half(value);
  if (finite && (out & 0x7FFF) == 0x7C00) {
    if (overflow == Overflow::error) return false;
    if (overflow == Overflow::clamp) out = static_cast<std::uint16_t>(out - 1);
  }
  std::memcpy(at, &out, sizeof out);
  return true;
}

/// Converts one element in native byte order.
/// \returns false if it does not fit.
inline bool convert_real(const Conversion& c, const std::byte* in, std::byte* out) {
  Number number = read(c.from, in);
  if (c.scaled) {
    const double value = number.integer ? static_cast<double>(number.i) : number.d;
    number = {false, 0, value * c.scale + c.offset};
  }
  switch (c.to) {
    case DType::bool8:
      *out = (number.integer ? number.i != 0 : number.d != 0) ? std::byte{1} : std::byte{0};
      return true;
    case DType::float16:
    case DType::float32:
    case DType::float64:
      return write_as_float(number, c.overflow, c.to, out);
    default: {
      const auto code = static_cast<std::uint8_t>(c.to);
      return write_as_integer(number, c.overflow, dtype_size(c.to), code % 2 == 1, out);
    }
  }
}

/// Converts one stored element as `c` says, including its byte order.
/// \returns false if the value does not fit the output type.
inline bool convert(const Conversion& c, const std::byte* in, std::byte* out) {
  std::array<std::byte, 16> machine{};
  const std::size_t size = dtype_size(c.from);
  std::memcpy(machine.data(), in, size);
  if (c.swap) {
    const std::size_t unit = dtype_swap_size(c.from);
    for (std::size_t at = 0; at < size; at += unit) std::reverse(machine.data() + at, machine.data() + at + unit);
  }
  if (c.is_bytes_only()) {
    std::memcpy(out, machine.data(), size);
    return true;
  }
  if (c.from < DType::complex64) return convert_real(c, machine.data(), out);
  Conversion part = c;
  part.from = c.from == DType::complex64 ? DType::float32 : DType::float64;
  part.to = c.to == DType::complex64 ? DType::float32 : DType::float64;
  return convert_real(part, machine.data(), out) &&
         convert_real(part, machine.data() + dtype_size(part.from), out + dtype_size(part.to));
}

/// Returns true if two stored elements have the same bytes or are both NaN. The parts of complex elements are compared
/// separately.
inline bool same(DType type, const std::byte* a, const std::byte* b) {
  const std::size_t size = dtype_size(type);
  if (std::memcmp(a, b, size) == 0) return true;
  if (type == DType::complex64 || type == DType::complex128) {
    const DType part = type == DType::complex64 ? DType::float32 : DType::float64;
    return same(part, a, b) && same(part, a + size / 2, b + size / 2);
  }
  return type >= DType::float16 && std::isnan(read(type, a).d) && std::isnan(read(type, b).d);
}

/// Implements the contract of copy_nd.
/// \returns false if a value does not fit.
inline bool copy(const std::byte* src, std::byte* dst, std::span<const CopyDim> dims, const Conversion& c) {
  if (dims.empty()) return convert(c, src, dst);
  const CopyDim& dim = dims.front();
  bool ok = true;
  for (std::uint64_t i = 0; i < dim.count; ++i) {
    const auto from = static_cast<std::int64_t>(dim.src_index != nullptr ? dim.src_index[i] : i) * dim.src_step;
    const auto to = static_cast<std::int64_t>(dim.dst_index != nullptr ? dim.dst_index[i] : i) * dim.dst_step;
    ok = copy(src + from, dst + to, dims.subspan(1), c) && ok;
  }
  return ok;
}

}  // namespace posixpar::oracle
