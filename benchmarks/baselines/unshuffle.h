#pragma once
/// \file Undoes the byte shuffle of HDF5 and Blosc for 4-byte elements.
#include <cstddef>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace baselines {

inline void unshuffle4(const std::byte* from, std::byte* into, std::size_t count) {
  std::size_t i = 0;
#if defined(__SSE2__)
  const auto load = [&](std::size_t plane) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + plane * count + i));
  };
  const auto store = [&](std::size_t part, __m128i value) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(into + 4 * i + 16 * part), value);
  };
  for (; i + 16 <= count; i += 16) {
    const __m128i a = load(0);
    const __m128i b = load(1);
    const __m128i c = load(2);
    const __m128i d = load(3);
    const __m128i ab_low = _mm_unpacklo_epi8(a, b);
    const __m128i ab_high = _mm_unpackhi_epi8(a, b);
    const __m128i cd_low = _mm_unpacklo_epi8(c, d);
    const __m128i cd_high = _mm_unpackhi_epi8(c, d);
    store(0, _mm_unpacklo_epi16(ab_low, cd_low));
    store(1, _mm_unpackhi_epi16(ab_low, cd_low));
    store(2, _mm_unpacklo_epi16(ab_high, cd_high));
    store(3, _mm_unpackhi_epi16(ab_high, cd_high));
  }
#endif
  for (; i < count; i++) {
    for (std::size_t plane = 0; plane < 4; plane++) into[4 * i + plane] = from[plane * count + i];
  }
}

}  // namespace baselines
