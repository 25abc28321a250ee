#include "native/kernels/move_variants.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#define POSIXPAR_INLINE inline __attribute__((always_inline))
#define POSIXPAR_SSE4 __attribute__((target("ssse3,sse4.1")))
#define POSIXPAR_AVX2 __attribute__((target("avx2")))

namespace posixpar::move_detail {
namespace {

/// Returns the pshufb control mask that reverses the bytes of each unit.
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

/// Interleaves items of `kBytes` bytes from the low (or high, if `kHigh`) halves of two registers, per 16-byte lane.
template <std::size_t kBytes, bool kHigh>
POSIXPAR_SSE4 POSIXPAR_INLINE __m128i unpack(__m128i a, __m128i b) {
  if constexpr (kBytes == 1) return kHigh ? _mm_unpackhi_epi8(a, b) : _mm_unpacklo_epi8(a, b);
  if constexpr (kBytes == 2) return kHigh ? _mm_unpackhi_epi16(a, b) : _mm_unpacklo_epi16(a, b);
  if constexpr (kBytes == 4) return kHigh ? _mm_unpackhi_epi32(a, b) : _mm_unpacklo_epi32(a, b);
  return kHigh ? _mm_unpackhi_epi64(a, b) : _mm_unpacklo_epi64(a, b);
}

template <std::size_t kBytes, bool kHigh>
POSIXPAR_AVX2 POSIXPAR_INLINE __m256i unpack(__m256i a, __m256i b) {
  if constexpr (kBytes == 1) return kHigh ? _mm256_unpackhi_epi8(a, b) : _mm256_unpacklo_epi8(a, b);
  if constexpr (kBytes == 2) return kHigh ? _mm256_unpackhi_epi16(a, b) : _mm256_unpacklo_epi16(a, b);
  if constexpr (kBytes == 4) return kHigh ? _mm256_unpackhi_epi32(a, b) : _mm256_unpacklo_epi32(a, b);
  return kHigh ? _mm256_unpackhi_epi64(a, b) : _mm256_unpacklo_epi64(a, b);
}

POSIXPAR_SSE4 POSIXPAR_INLINE __m128i load16(const std::byte* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(at));
}

/// Transposes a row of adjacent tiles whose source rows are contiguous. Each tile turns `kSide` = 16 / kBytes items
/// from each of `kSide` source rows into `kSide` destination rows. One perfect shuffle of the registers moves the top
/// bit of the row number to the bottom of the item number; log2(kSide) shuffles exchange rows and items.
template <std::size_t kBytes, bool kSwap>
struct TileSse4 {
  static constexpr std::size_t kSide = 16 / kBytes;
  static constexpr std::size_t kRows = kSide;

  POSIXPAR_SSE4 static void band(const std::byte* src, std::int64_t src_step, std::byte* dst, std::int64_t dst_step,
                                 std::uint64_t columns, __m128i control) {
    for (std::uint64_t column = 0; column < columns; column += kSide) {
      const std::byte* from = src + column * kBytes;
      std::byte* to = dst + offset_of(column, dst_step, nullptr);
      __m128i r[kSide];
      for (std::size_t j = 0; j < kSide; ++j) {
        r[j] = load16(from + static_cast<std::int64_t>(j) * src_step);
        if constexpr (kSwap) r[j] = _mm_shuffle_epi8(r[j], control);
      }
      for (std::size_t level = 1; level < kSide; level *= 2) {
        __m128i t[kSide];
        for (std::size_t j = 0; j < kSide / 2; ++j) {
          t[2 * j] = unpack<kBytes, false>(r[j], r[j + kSide / 2]);
          t[2 * j + 1] = unpack<kBytes, true>(r[j], r[j + kSide / 2]);
        }
        for (std::size_t j = 0; j < kSide; ++j) r[j] = t[j];
      }
      for (std::size_t j = 0; j < kSide; ++j) {
        _mm_storeu_si128(reinterpret_cast<__m128i_u*>(to + static_cast<std::int64_t>(j) * dst_step), r[j]);
      }
    }
  }
};

/// Like TileSse4, but transposes two tiles at once, one below the other. Each half of a register contains data of one
/// tile, and each store writes 32 bytes.
template <std::size_t kBytes, bool kSwap>
struct TileAvx2 {
  static constexpr std::size_t kSide = 16 / kBytes;
  static constexpr std::size_t kRows = 2 * kSide;

  POSIXPAR_AVX2 static void band(const std::byte* src, std::int64_t src_step, std::byte* dst, std::int64_t dst_step,
                                 std::uint64_t columns, __m128i control) {
    const __m256i both = _mm256_broadcastsi128_si256(control);
    for (std::uint64_t column = 0; column < columns; column += kSide) {
      const std::byte* from = src + column * kBytes;
      std::byte* to = dst + offset_of(column, dst_step, nullptr);
      __m256i r[kSide];
      for (std::size_t j = 0; j < kSide; ++j) {
        const __m128i low = load16(from + static_cast<std::int64_t>(j) * src_step);
        const __m128i high = load16(from + static_cast<std::int64_t>(j + kSide) * src_step);
        r[j] = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
        if constexpr (kSwap) r[j] = _mm256_shuffle_epi8(r[j], both);
      }
      for (std::size_t level = 1; level < kSide; level *= 2) {
        __m256i t[kSide];
        for (std::size_t j = 0; j < kSide / 2; ++j) {
          t[2 * j] = unpack<kBytes, false>(r[j], r[j + kSide / 2]);
          t[2 * j + 1] = unpack<kBytes, true>(r[j], r[j + kSide / 2]);
        }
        for (std::size_t j = 0; j < kSide; ++j) r[j] = t[j];
      }
      for (std::size_t j = 0; j < kSide; ++j) {
        _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(to + static_cast<std::int64_t>(j) * dst_step), r[j]);
      }
    }
  }
};

/// Transposes whole tiles, then moves the items at the two edges one by one.
template <typename Tile>
POSIXPAR_SSE4 void move_transposed(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner,
                                   Item item) {
  const __m128i control = reversal(item.unit);
  const std::uint64_t columns = outer.count - outer.count % Tile::kSide;
  const std::uint64_t rows = inner.count - inner.count % Tile::kRows;
  for (std::uint64_t i = 0; i < rows; i += Tile::kRows) {
    Tile::band(src + slice_src(inner, i), inner.src_step, dst + slice_dst(inner, i), outer.dst_step, columns, control);
  }
  const MoveBlock strided = strided_kernel(item);
  if (rows < inner.count) {
    strided(src + slice_src(inner, rows), dst + slice_dst(inner, rows), slice(outer, 0, columns),
            slice(inner, rows, inner.count - rows), item);
  }
  if (columns < outer.count) {
    strided(src + slice_src(outer, columns), dst + slice_dst(outer, columns),
            slice(outer, columns, outer.count - columns), inner, item);
  }
}

template <template <std::size_t, bool> typename Tile>
MoveBlock transposed(Item item) {
  const bool swap = item.unit > 1;
  switch (item.bytes) {
    case 1:
      return &move_transposed<Tile<1, false>>;
    case 2:
      return swap ? &move_transposed<Tile<2, true>> : &move_transposed<Tile<2, false>>;
    case 4:
      return swap ? &move_transposed<Tile<4, true>> : &move_transposed<Tile<4, false>>;
    case 8:
      return swap ? &move_transposed<Tile<8, true>> : &move_transposed<Tile<8, false>>;
    default:
      return nullptr;
  }
}

/// Copies a run. Copies complete cache lines of the destination with `kLines`, and the rest with memcpy. `kLines`
/// returns the number of leading bytes that it has copied.
template <std::size_t (*kLines)(const std::byte* src, std::byte* dst, std::size_t bytes)>
void by_lines(const std::byte* src, std::byte* dst, std::size_t bytes) {
  const std::size_t head = std::min(bytes, (0 - reinterpret_cast<std::uintptr_t>(dst)) % kCacheLine);
  std::memcpy(dst, src, head);
  const std::size_t at = head + kLines(src + head, dst + head, bytes - head);
  std::memcpy(dst + at, src + at, bytes - at);
}

std::size_t stream_lines(const std::byte* src, std::byte* dst, std::size_t bytes) {
  std::size_t at = 0;
  for (; at + kCacheLine <= bytes; at += kCacheLine) {
    for (std::size_t k = 0; k < kCacheLine; k += 16) {
      _mm_stream_si128(reinterpret_cast<__m128i*>(dst + at + k),
                       _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(src + at + k)));
    }
  }
  return at;
}

void stream_fence() { _mm_sfence(); }

POSIXPAR_SSE4 std::size_t lines_sse(const std::byte* src, std::byte* dst, std::size_t bytes) {
  std::size_t at = 0;
  for (; at + kCacheLine <= bytes; at += kCacheLine) {
    const __m128i a = load16(src + at);
    const __m128i b = load16(src + at + 16);
    const __m128i c = load16(src + at + 32);
    const __m128i d = load16(src + at + 48);
    auto* to = reinterpret_cast<__m128i*>(dst + at);
    _mm_store_si128(to, a);
    _mm_store_si128(to + 1, b);
    _mm_store_si128(to + 2, c);
    _mm_store_si128(to + 3, d);
  }
  return at;
}

/// Copies two lines at a time.
POSIXPAR_AVX2 std::size_t lines_avx2(const std::byte* src, std::byte* dst, std::size_t bytes) {
  std::size_t at = 0;
  for (; at + 2 * kCacheLine <= bytes; at += 2 * kCacheLine) {
    const auto* from = reinterpret_cast<const __m256i_u*>(src + at);
    const __m256i a = _mm256_loadu_si256(from);
    const __m256i b = _mm256_loadu_si256(from + 1);
    const __m256i c = _mm256_loadu_si256(from + 2);
    const __m256i d = _mm256_loadu_si256(from + 3);
    auto* to = reinterpret_cast<__m256i*>(dst + at);
    _mm256_store_si256(to, a);
    _mm256_store_si256(to + 1, b);
    _mm256_store_si256(to + 2, c);
    _mm256_store_si256(to + 3, d);
  }
  return at;
}

}  // namespace

const MoveKernels kMoveSse4 = {swap_run_sse4, transposed<TileSse4>, by_lines<stream_lines>, stream_fence,
                               by_lines<lines_sse>};
const MoveKernels kMoveAvx2 = {swap_run_avx2, transposed<TileAvx2>, by_lines<stream_lines>, stream_fence,
                               by_lines<lines_avx2>};

}  // namespace posixpar::move_detail
#endif
