#pragma once
/// \file Element types; codes are equal to lib/core/dtype.ts (a test compares them through the binding).
#include <cstddef>
#include <cstdint>

namespace posixpar {

enum class DType : std::uint8_t {
  bool8 = 0,
  int8 = 1,
  uint8 = 2,
  int16 = 3,
  uint16 = 4,
  int32 = 5,
  uint32 = 6,
  int64 = 7,
  uint64 = 8,
  float16 = 9,
  float32 = 10,
  float64 = 11,
  complex64 = 12,
  complex128 = 13,
};
inline constexpr std::size_t kDTypeCount = 14;

/// Bytes of one element.
[[nodiscard]] constexpr std::size_t dtype_size(DType t) {
  constexpr std::uint8_t sizes[kDTypeCount] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8, 8, 16};
  return sizes[static_cast<std::size_t>(t)];
}

/// Bytes that are swapped as one unit when the byte order changes.
[[nodiscard]] constexpr std::size_t dtype_swap_size(DType t) {
  return t == DType::complex64 ? 4 : t == DType::complex128 ? 8 : dtype_size(t);
}

}  // namespace posixpar
