#include "native/kernels/shuffle_variants.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

// Interleaving by perfect shuffles. Let the number of a byte be (number of its register) * 16 + (position in the
// register). A perfect shuffle of `width` registers rotates the bits of this number: the top bit of the register number
// becomes the lowest bit. After log2(width) shuffles, byte i of input register j is byte i * width + j of the output.

#define POSIXPAR_INLINE inline __attribute__((always_inline))
#define POSIXPAR_SSE4 __attribute__((target("ssse3,sse4.1")))
#define POSIXPAR_AVX2 __attribute__((target("avx2")))

namespace posixpar::shuffle_detail {
namespace {

template <int kWidth>
POSIXPAR_SSE4 POSIXPAR_INLINE void interleave(__m128i* r) {
  for (int level = 1; level < kWidth; level *= 2) {
    __m128i t[kWidth];
    for (int j = 0; j < kWidth / 2; ++j) {
      t[2 * j] = _mm_unpacklo_epi8(r[j], r[j + kWidth / 2]);
      t[2 * j + 1] = _mm_unpackhi_epi8(r[j], r[j + kWidth / 2]);
    }
    for (int j = 0; j < kWidth; ++j) r[j] = t[j];
  }
}

/// Interleaves both halves of 32-byte registers, then puts the halves in order.
template <int kWidth>
POSIXPAR_AVX2 POSIXPAR_INLINE void interleave(__m256i* r) {
  for (int level = 1; level < kWidth; level *= 2) {
    __m256i t[kWidth];
    for (int j = 0; j < kWidth / 2; ++j) {
      t[2 * j] = _mm256_unpacklo_epi8(r[j], r[j + kWidth / 2]);
      t[2 * j + 1] = _mm256_unpackhi_epi8(r[j], r[j + kWidth / 2]);
    }
    for (int j = 0; j < kWidth; ++j) r[j] = t[j];
  }
  __m256i t[kWidth];
  for (int j = 0; j < kWidth / 2; ++j) {
    t[j] = _mm256_permute2x128_si256(r[2 * j], r[2 * j + 1], 0x20);
    t[j + kWidth / 2] = _mm256_permute2x128_si256(r[2 * j], r[2 * j + 1], 0x31);
  }
  for (int j = 0; j < kWidth; ++j) r[j] = t[j];
}

template <int kWidth>
POSIXPAR_SSE4 std::size_t unshuffle_sse4(const std::byte* in, std::size_t plane_bytes, std::byte* out,
                                         std::size_t elements) {
  std::size_t i = 0;
  for (; i + 16 <= elements; i += 16) {
    __m128i r[kWidth];
    for (std::size_t j = 0; j < kWidth; ++j) {
      r[j] = _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(in + j * plane_bytes + i));
    }
    interleave<kWidth>(r);
    for (std::size_t j = 0; j < kWidth; ++j) {
      _mm_storeu_si128(reinterpret_cast<__m128i_u*>(out + i * kWidth + 16 * j), r[j]);
    }
  }
  return i;
}

template <int kWidth>
POSIXPAR_AVX2 std::size_t unshuffle_avx2(const std::byte* in, std::size_t plane_bytes, std::byte* out,
                                         std::size_t elements) {
  std::size_t i = 0;
  for (; i + 32 <= elements; i += 32) {
    __m256i r[kWidth];
    for (std::size_t j = 0; j < kWidth; ++j) {
      r[j] = _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(in + j * plane_bytes + i));
    }
    interleave<kWidth>(r);
    for (std::size_t j = 0; j < kWidth; ++j) {
      _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(out + i * kWidth + 32 * j), r[j]);
    }
  }
  return i;
}

POSIXPAR_SSE4 POSIXPAR_INLINE __m128i transpose_bits(__m128i x) {
  __m128i t = _mm_and_si128(_mm_xor_si128(x, _mm_srli_epi64(x, 7)), _mm_set1_epi64x(0x00AA00AA00AA00AALL));
  x = _mm_xor_si128(x, _mm_xor_si128(t, _mm_slli_epi64(t, 7)));
  t = _mm_and_si128(_mm_xor_si128(x, _mm_srli_epi64(x, 14)), _mm_set1_epi64x(0x0000CCCC0000CCCCLL));
  x = _mm_xor_si128(x, _mm_xor_si128(t, _mm_slli_epi64(t, 14)));
  t = _mm_and_si128(_mm_xor_si128(x, _mm_srli_epi64(x, 28)), _mm_set1_epi64x(0x00000000F0F0F0F0LL));
  return _mm_xor_si128(x, _mm_xor_si128(t, _mm_slli_epi64(t, 28)));
}

POSIXPAR_AVX2 POSIXPAR_INLINE __m256i transpose_bits(__m256i x) {
  __m256i t = _mm256_and_si256(_mm256_xor_si256(x, _mm256_srli_epi64(x, 7)), _mm256_set1_epi64x(0x00AA00AA00AA00AALL));
  x = _mm256_xor_si256(x, _mm256_xor_si256(t, _mm256_slli_epi64(t, 7)));
  t = _mm256_and_si256(_mm256_xor_si256(x, _mm256_srli_epi64(x, 14)), _mm256_set1_epi64x(0x0000CCCC0000CCCCLL));
  x = _mm256_xor_si256(x, _mm256_xor_si256(t, _mm256_slli_epi64(t, 14)));
  t = _mm256_and_si256(_mm256_xor_si256(x, _mm256_srli_epi64(x, 28)), _mm256_set1_epi64x(0x00000000F0F0F0F0LL));
  return _mm256_xor_si256(x, _mm256_xor_si256(t, _mm256_slli_epi64(t, 28)));
}

POSIXPAR_SSE4 std::size_t join_bits_sse4(const std::byte* in, std::size_t plane_bytes, std::byte* out,
                                         std::size_t elements) {
  std::size_t group = 0;
  for (; group + 16 <= elements / 8; group += 16) {
    __m128i r[8];
    for (std::size_t k = 0; k < 8; ++k) {
      r[k] = _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(in + k * plane_bytes + group));
    }
    interleave<8>(r);
    for (std::size_t k = 0; k < 8; ++k) {
      _mm_storeu_si128(reinterpret_cast<__m128i_u*>(out + 8 * group + 16 * k), transpose_bits(r[k]));
    }
  }
  return 8 * group;
}

POSIXPAR_AVX2 std::size_t join_bits_avx2(const std::byte* in, std::size_t plane_bytes, std::byte* out,
                                         std::size_t elements) {
  std::size_t group = 0;
  for (; group + 32 <= elements / 8; group += 32) {
    __m256i r[8];
    for (std::size_t k = 0; k < 8; ++k) {
      r[k] = _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(in + k * plane_bytes + group));
    }
    interleave<8>(r);
    for (std::size_t k = 0; k < 8; ++k) {
      _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(out + 8 * group + 32 * k), transpose_bits(r[k]));
    }
  }
  // At most 31 groups (bytes of a plane) are left. If there are at least 16, the SSE kernel converts 16 of them. The
  // caller converts the rest.
  return 8 * group + join_bits_sse4(in + group, plane_bytes, out + 8 * group, elements - 8 * group);
}

/// Interleaves `kWidth` neighbouring planes. Each element gets its `kWidth` bytes by one store. Used for element sizes
/// that have no special kernel.
template <int kWidth>
POSIXPAR_SSE4 void unshuffle_group(const std::byte* in, std::size_t plane_bytes, std::byte* out,
                                   std::size_t element_size, std::size_t elements) {
  for (std::size_t i = 0; i < elements; i += 16) {
    __m128i r[kWidth];
    for (std::size_t j = 0; j < kWidth; ++j) {
      r[j] = _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(in + j * plane_bytes + i));
    }
    interleave<kWidth>(r);
    alignas(16) std::byte words[16 * kWidth];
    for (std::size_t j = 0; j < kWidth; ++j) _mm_store_si128(reinterpret_cast<__m128i*>(words + 16 * j), r[j]);
    for (std::size_t k = 0; k < 16; ++k) std::memcpy(out + (i + k) * element_size, words + k * kWidth, kWidth);
  }
}

POSIXPAR_SSE4 std::size_t unshuffle_groups(const std::byte* in, std::size_t plane_bytes, std::byte* out,
                                           std::size_t element_size, std::size_t elements) {
  // Converts a block of elements at a time, so that its output is still in the L1 cache for the next group of planes.
  constexpr std::size_t kBlockBytes = 16384;
  const std::size_t whole = elements - elements % 16;
  const std::size_t most = std::max<std::size_t>(kBlockBytes / element_size / 16 * 16, 16);
  for (std::size_t begin = 0; begin < whole; begin += most) {
    const std::size_t count = std::min(most, whole - begin);
    std::size_t plane = 0;
    const auto from = [&] { return in + plane * plane_bytes + begin; };
    const auto to = [&] { return out + begin * element_size + plane; };
    for (; plane + 8 <= element_size; plane += 8) {
      unshuffle_group<8>(from(), plane_bytes, to(), element_size, count);
    }
    for (; plane + 4 <= element_size; plane += 4) {
      unshuffle_group<4>(from(), plane_bytes, to(), element_size, count);
    }
    for (; plane + 2 <= element_size; plane += 2) {
      unshuffle_group<2>(from(), plane_bytes, to(), element_size, count);
    }
    for (; plane < element_size; ++plane) {
      for (std::size_t i = 0; i < count; ++i) to()[i * element_size] = from()[i];
    }
  }
  return whole;
}

std::size_t unshuffle_sse4_any(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                               std::size_t elements) {
  switch (element_size) {
    case 2:
      return unshuffle_sse4<2>(in, plane_bytes, out, elements);
    case 4:
      return unshuffle_sse4<4>(in, plane_bytes, out, elements);
    case 8:
      return unshuffle_sse4<8>(in, plane_bytes, out, elements);
    case 16:
      return unshuffle_sse4<16>(in, plane_bytes, out, elements);
    default:
      return unshuffle_groups(in, plane_bytes, out, element_size, elements);
  }
}

std::size_t unshuffle_avx2_any(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                               std::size_t elements) {
  switch (element_size) {
    case 2:
      return unshuffle_avx2<2>(in, plane_bytes, out, elements);
    case 4:
      return unshuffle_avx2<4>(in, plane_bytes, out, elements);
    case 8:
      return unshuffle_avx2<8>(in, plane_bytes, out, elements);
    case 16:
      return unshuffle_avx2<16>(in, plane_bytes, out, elements);
    default:
      return unshuffle_groups(in, plane_bytes, out, element_size, elements);
  }
}

}  // namespace

const ShuffleKernels kShuffleSse4 = {unshuffle_sse4_any, join_bits_sse4};
const ShuffleKernels kShuffleAvx2 = {unshuffle_avx2_any, join_bits_avx2};

}  // namespace posixpar::shuffle_detail
#endif
