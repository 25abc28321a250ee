#pragma once
/// \file Internal to native/codecs: the order in which zfp stores the coefficients of a block.
///
/// Coefficients are sorted by the sum of their indices, then by the sum of the squares. The order of equal ones was
/// found by decoding blocks of one coefficient with the zfp library.
#include <array>
#include <cstddef>
#include <cstdint>

namespace posixpar::codecs::zfp {

inline constexpr std::array<std::uint8_t, 4> kOrder1 = {0, 1, 2, 3};
inline constexpr std::array<std::uint8_t, 16> kOrder2 = {
    0, 1, 4, 5, 2, 8, 6, 9, 3, 12, 10, 7, 13, 11, 14, 15,
};
inline constexpr std::array<std::uint8_t, 64> kOrder3 = {
    0,  1,  4,  16, 20, 17, 5,  2,  8,  32, 21, 6,  18, 24, 9,  33, 36, 3,  12, 48, 22, 25,
    37, 40, 34, 10, 7,  19, 28, 13, 49, 52, 41, 38, 26, 23, 29, 53, 11, 35, 44, 14, 50, 56,
    42, 27, 39, 45, 30, 54, 57, 60, 51, 15, 43, 46, 58, 61, 55, 31, 62, 59, 47, 63,
};
inline constexpr std::array<std::uint8_t, 256> kOrder4 = {
    0,   1,   4,   16,  64,  5,   80,  17,  68,  65,  20,  2,   8,   32,  128, 84,  81,  69,  21,  6,   18,  66,
    24,  72,  9,   96,  33,  36,  129, 132, 144, 3,   12,  48,  192, 85,  82,  70,  22,  73,  25,  88,  37,  100,
    97,  148, 145, 133, 10,  160, 34,  136, 130, 40,  7,   19,  67,  28,  76,  13,  112, 49,  52,  193, 196, 208,
    86,  89,  101, 149, 161, 137, 41,  134, 38,  164, 26,  152, 146, 104, 98,  74,  83,  71,  23,  77,  29,  92,
    53,  116, 113, 212, 209, 197, 11,  35,  131, 44,  140, 14,  176, 50,  56,  194, 200, 224, 90,  165, 102, 153,
    150, 105, 168, 162, 138, 42,  87,  93,  117, 213, 27,  75,  99,  39,  135, 147, 108, 45,  141, 156, 30,  78,
    177, 180, 54,  114, 120, 57,  198, 210, 216, 201, 225, 228, 15,  240, 51,  204, 195, 60,  169, 166, 154, 106,
    91,  103, 151, 109, 157, 94,  181, 118, 121, 214, 217, 229, 163, 139, 43,  142, 46,  172, 58,  184, 178, 232,
    226, 202, 241, 205, 61,  199, 55,  244, 31,  220, 211, 124, 115, 79,  170, 167, 155, 107, 158, 110, 173, 122,
    185, 182, 233, 230, 218, 95,  245, 119, 221, 215, 125, 242, 206, 62,  203, 59,  248, 47,  236, 227, 188, 179,
    143, 171, 174, 186, 234, 246, 222, 126, 219, 123, 249, 111, 237, 231, 189, 183, 159, 252, 243, 207, 63,  175,
    250, 187, 238, 235, 190, 253, 247, 223, 127, 254, 251, 239, 191, 255,
};

/// Returns the index of each coefficient in the block, in stored order.
template <unsigned Rank>
constexpr const auto& order() {
  static_assert(Rank >= 1 && Rank <= 4);
  if constexpr (Rank == 1) return kOrder1;
  if constexpr (Rank == 2) return kOrder2;
  if constexpr (Rank == 3) return kOrder3;
  if constexpr (Rank == 4) return kOrder4;
}

}  // namespace posixpar::codecs::zfp
