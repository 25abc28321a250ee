#include "native/kernels/reduce/panel.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#define POSIXPAR_AVX2_FMA __attribute__((target("avx2,fma")))
#else
#define POSIXPAR_AVX2_FMA
#endif

namespace posixpar {
namespace {

/// A row of a panel. The compiler uses the widest vector registers of the instruction set for which it compiles.
using Doubles = double __attribute__((vector_size(64)));
using Words = std::int64_t __attribute__((vector_size(64)));

constexpr std::int64_t kNoSign = 0x7FFFFFFFFFFFFFFFLL;
constexpr std::int64_t kHalfBit = std::int64_t{1} << 51;
/// Limits of the biased exponent of the largest value of a column. Within them, the constants that are computed below
/// are normal numbers.
constexpr std::int64_t kMinBiased = 100;
constexpr std::int64_t kMaxBiased = 2000;
/// The sum of kPanelRows values below 2^e is below 2^(e + kSumBits).
constexpr std::int64_t kSumBits = 7;
/// Number of leading bits of a value that go into its first part.
constexpr std::int64_t kPartBits = 46;

// Vectors are passed by reference, because the calling convention of values depends on the target.
[[gnu::always_inline]] inline void load_row(const Panel& panel, std::size_t r, Doubles& values) {
  std::memcpy(&values, panel.values.data() + r * kPanelColumns, sizeof values);
}

[[gnu::always_inline]] inline bool sum_columns_inline(const Panel& panel, ColumnSums& sums) {
  Words top{};
  for (std::size_t r = 0; r < panel.rows; r++) {
    Doubles value;
    load_row(panel, r, value);
    const Words size = reinterpret_cast<Words>(value) & kNoSign;
    top = size > top ? size : top;
  }
  Words biased = top >> 52;
  for (std::size_t c = 0; c < kPanelColumns; c++) {
    if (biased[c] > kMaxBiased) return false;
    if (biased[c] < kMinBiased) biased[c] = kMinBiased;
  }
  // Adding and subtracting 1.5 * 2^k rounds a value to a multiple of 2^(k - 52).
  const auto first_round = reinterpret_cast<Doubles>(((biased + kSumBits) << 52) | kHalfBit);
  const auto second_round = reinterpret_cast<Doubles>(((biased + kSumBits - kPartBits) << 52) | kHalfBit);
  Doubles first{};
  Doubles second{};
  Words rest{};
  for (std::size_t r = 0; r < panel.rows; r++) {
    Doubles value;
    load_row(panel, r, value);
    const Doubles part = (value + first_round) - first_round;
    const Doubles remainder = value - part;
    const Doubles next = (remainder + second_round) - second_round;
    first += part;
    second += next;
    rest |= reinterpret_cast<Words>(remainder - next) & kNoSign;
  }
  std::int64_t inexact = 0;
  for (std::size_t c = 0; c < kPanelColumns; c++) inexact |= rest[c];
  std::memcpy(sums.first.data(), &first, sizeof first);
  std::memcpy(sums.second.data(), &second, sizeof second);
  return inexact == 0;
}

bool sum_columns_scalar(const Panel& panel, ColumnSums& sums) { return sum_columns_inline(panel, sums); }

#if defined(__x86_64__)
POSIXPAR_AVX2_FMA bool sum_columns_avx2(const Panel& panel, ColumnSums& sums) {
  // Uses intrinsics, because GCC splits the vectors of `sum_columns_inline` for SSE2 before it inlines the function.
  static_assert(kPanelColumns == 8);
  const double* values = panel.values.data();
  const __m256d sign = _mm256_set1_pd(-0.0);
  __m256d top[2] = {_mm256_setzero_pd(), _mm256_setzero_pd()};
  for (std::size_t r = 0; r < panel.rows; r++) {
    for (std::size_t h = 0; h < 2; h++) {
      const __m256d value = _mm256_loadu_pd(values + r * kPanelColumns + 4 * h);
      top[h] = _mm256_max_pd(top[h], _mm256_andnot_pd(sign, value));
    }
  }
  // This loop may miss a NaN, but the next one does not: the remainder of a NaN is a NaN.
  __m256d rounding[2];
  for (std::size_t h = 0; h < 2; h++) {
    const __m256i biased = _mm256_srli_epi64(_mm256_castpd_si256(top[h]), 52);
    const __m256i is_low = _mm256_cmpgt_epi64(_mm256_set1_epi64x(kMinBiased), biased);
    const __m256i is_high = _mm256_cmpgt_epi64(biased, _mm256_set1_epi64x(kMaxBiased));
    if (_mm256_testz_si256(is_high, is_high) == 0) return false;
    const __m256i least = _mm256_blendv_epi8(biased, _mm256_set1_epi64x(kMinBiased), is_low);
    const __m256i shifted = _mm256_slli_epi64(_mm256_add_epi64(least, _mm256_set1_epi64x(kSumBits)), 52);
    rounding[h] = _mm256_castsi256_pd(_mm256_or_si256(shifted, _mm256_set1_epi64x(kHalfBit)));
  }
  __m256d sum[2] = {_mm256_setzero_pd(), _mm256_setzero_pd()};
  __m256d rest = _mm256_setzero_pd();
  for (std::size_t r = 0; r < panel.rows; r++) {
    for (std::size_t h = 0; h < 2; h++) {
      const __m256d value = _mm256_loadu_pd(values + r * kPanelColumns + 4 * h);
      const __m256d part = _mm256_sub_pd(_mm256_add_pd(value, rounding[h]), rounding[h]);
      rest = _mm256_or_pd(rest, _mm256_andnot_pd(sign, _mm256_sub_pd(value, part)));
      sum[h] = _mm256_add_pd(sum[h], part);
    }
  }
  const __m256i inexact = _mm256_castpd_si256(rest);
  // Most values of measurements need only the first part.
  if (_mm256_testz_si256(inexact, inexact) == 0) return sum_columns_inline(panel, sums);
  for (std::size_t h = 0; h < 2; h++) _mm256_storeu_pd(sums.first.data() + 4 * h, sum[h]);
  sums.second.fill(0);
  return true;
}

bool has_fma() {
  static const bool has = __builtin_cpu_supports("fma") != 0;
  return has;
}

POSIXPAR_AVX2_FMA bool square_panel_avx2(const Panel& panel, Panel& high, Panel& low) {
  // Range of the exponents of values for which the squares and the rounding errors of the squares are normal numbers or
  // zero.
  constexpr std::int64_t kMin = std::int64_t{1023 - 450} << 52;
  constexpr std::int64_t kMax = std::int64_t{1023 + 500} << 52;
  std::int64_t outside = 0;
  for (std::size_t i = 0; i < panel.rows * kPanelColumns; i++) {
    const double value = panel.values[i];
    std::int64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    bits &= kNoSign;
    outside |= static_cast<std::int64_t>(bits >= kMax) |
               (static_cast<std::int64_t>(bits < kMin) & static_cast<std::int64_t>(bits != 0));
    const double square = value * value;
    high.values[i] = square;
    low.values[i] = __builtin_fma(value, value, -square);
  }
  high.rows = panel.rows;
  low.rows = panel.rows;
  return outside == 0;
}
#endif

}  // namespace

bool sum_columns(const Panel& panel, ColumnSums& sums, Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2 && has_fma()) return sum_columns_avx2(panel, sums);
#endif
  (void)isa;
  return sum_columns_scalar(panel, sums);
}

bool square_panel(const Panel& panel, Panel& high, Panel& low, Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2 && has_fma()) return square_panel_avx2(panel, high, low);
#endif
  (void)panel, (void)high, (void)low, (void)isa;
  return false;
}

}  // namespace posixpar
