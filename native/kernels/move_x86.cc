#include "native/kernels/move_variants.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstdint>

#include "native/kernels/move_item.h"

#define POSIXPAR_SSE4 __attribute__((target("ssse3,sse4.1")))
#define POSIXPAR_AVX2 __attribute__((target("avx2")))

namespace posixpar::move_detail {
namespace {

/// The pshufb control that reverses each unit of `unit` bytes.
POSIXPAR_SSE4 inline __m128i reversal(std::size_t unit) {
  if (unit == 2) return _mm_set_epi8(14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1);
  if (unit == 4) return _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  return _mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

POSIXPAR_SSE4 std::size_t swap_run_sse4(const std::byte* src, std::byte* dst, std::size_t bytes, std::size_t unit) {
  const __m128i control = reversal(unit);
  std::size_t at = 0;
  for (; at + 16 <= bytes; at += 16) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(src + at));
    _mm_storeu_si128(reinterpret_cast<__m128i_u*>(dst + at), _mm_shuffle_epi8(x, control));
  }
  return at;
}

POSIXPAR_AVX2 std::size_t swap_run_avx2(const std::byte* src, std::byte* dst, std::size_t bytes, std::size_t unit) {
  const __m256i control = _mm256_broadcastsi128_si256(reversal(unit));
  std::size_t at = 0;
  for (; at + 64 <= bytes; at += 64) {
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(src + at));
    const __m256i y = _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(src + at + 32));
    _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(dst + at), _mm256_shuffle_epi8(x, control));
    _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(dst + at + 32), _mm256_shuffle_epi8(y, control));
  }
  for (; at + 16 <= bytes; at += 16) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(src + at));
    _mm_storeu_si128(reinterpret_cast<__m128i_u*>(dst + at), _mm_shuffle_epi8(x, _mm256_castsi256_si128(control)));
  }
  return at;
}

MoveBlock no_transposed(Item) { return nullptr; }

}  // namespace

const MoveKernels kMoveSse4 = {swap_run_sse4, no_transposed};
const MoveKernels kMoveAvx2 = {swap_run_avx2, no_transposed};

}  // namespace posixpar::move_detail
#endif
