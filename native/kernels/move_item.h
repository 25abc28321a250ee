#pragma once
/// \file Internal to the kernels: copies one unaligned item of 1, 2, 4, 8 or 16 bytes and reverses the bytes of its
/// units.
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace posixpar {

template <std::size_t kUnit>
[[nodiscard]] inline std::uint64_t reverse_units(std::uint64_t x) {
  static_assert(kUnit == 2 || kUnit == 4 || kUnit == 8);
  if constexpr (kUnit == 8) return __builtin_bswap64(x);
  if constexpr (kUnit == 4) {
    x = __builtin_bswap64(x);
    return (x << 32) | (x >> 32);
  }
  return ((x & 0x00FF00FF00FF00FFULL) << 8) | ((x >> 8) & 0x00FF00FF00FF00FFULL);
}

template <std::size_t kUnit>
[[nodiscard]] inline std::uint32_t reverse_units(std::uint32_t x) {
  static_assert(kUnit == 2 || kUnit == 4);
  if constexpr (kUnit == 4) return __builtin_bswap32(x);
  return ((x & 0x00FF00FFU) << 8) | ((x >> 8) & 0x00FF00FFU);
}

template <typename Word, std::size_t kUnit>
inline void move_word(const std::byte* src, std::byte* dst) {
  Word word;
  std::memcpy(&word, src, sizeof word);
  if constexpr (kUnit > 1 && sizeof(Word) == 2) word = __builtin_bswap16(word);
  if constexpr (kUnit > 1 && sizeof(Word) > 2) word = reverse_units<kUnit>(word);
  std::memcpy(dst, &word, sizeof word);
}

/// Copies one item; `src` and `dst` are equal or do not overlap.
template <std::size_t kBytes, std::size_t kUnit>
inline void move_item(const std::byte* src, std::byte* dst) {
  if constexpr (kBytes == 1) {
    *dst = *src;
  } else if constexpr (kBytes == 2) {
    move_word<std::uint16_t, kUnit>(src, dst);
  } else if constexpr (kBytes == 4) {
    move_word<std::uint32_t, kUnit>(src, dst);
  } else if constexpr (kBytes == 8) {
    move_word<std::uint64_t, kUnit>(src, dst);
  } else if constexpr (kUnit == 1) {
    static_assert(kBytes == 16);
    std::memmove(dst, src, kBytes);
  } else {
    static_assert(kBytes == 16);
    move_word<std::uint64_t, kUnit>(src, dst);
    move_word<std::uint64_t, kUnit>(src + 8, dst + 8);
  }
}

}  // namespace posixpar
