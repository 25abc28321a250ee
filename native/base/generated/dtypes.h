#pragma once
/// \file Element types and their codes.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace posixpar {

/// An element type.
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
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(DType) { return 14; }
inline constexpr std::size_t kDTypeCount = 14;
inline constexpr std::uint8_t kDTypeSizes[] = {
    1,
    1,
    1,
    2,
    2,
    4,
    4,
    8,
    8,
    2,
    4,
    8,
    8,
    16,
};
inline constexpr std::string_view kDTypeNames[] = {
    "bool",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
};
[[nodiscard]] constexpr std::string_view name_of(DType type) { return kDTypeNames[static_cast<std::size_t>(type)]; }
/// Bytes that are swapped as one unit when the byte order changes.
inline constexpr std::uint8_t kDTypeSwapSizes[] = {
    1,
    1,
    1,
    2,
    2,
    4,
    4,
    8,
    8,
    2,
    4,
    8,
    4,
    8,
};

}  // namespace posixpar
