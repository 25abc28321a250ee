#include "native/kernels/reduce/float_run.h"

#include <algorithm>
#include <array>
#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace posixpar {
#if defined(__x86_64__)
namespace {

/// Biased exponent of infinity and NaN.
constexpr std::uint32_t kNotFinite = 255;
/// Number of independent sums (lanes).
constexpr std::size_t kLanes = kFloatRunUnit;
/// A value with the biased exponent e is less than 2^(e - 126), and a multiple of 2^(e - 150). A lane adds at most 2^6
/// values. If the exponents differ by at most this number, its sum is less than 2^53 multiples of the smallest one.
constexpr std::uint32_t kMaxDifference = 53 - 24 - 6;
static_assert(kMaxFloatRun == kLanes << 6);

// Vectors are passed by reference, because the calling convention of values depends on the target.
std::array<std::uint32_t, 8> words_of(const __m256i& vector) {
  return std::bit_cast<std::array<std::uint32_t, 8>>(vector);
}

__attribute__((target("avx2"))) std::optional<RunSum> sum_avx2(const std::byte* source, std::size_t count) {
  constexpr std::size_t kVectors = kLanes / 8;
  const __m256i no_sign = _mm256_set1_epi32(0x7FFFFFFF);
  const __m256i one = _mm256_set1_epi32(1);
  __m256i top = _mm256_setzero_si256();
  __m256i low = _mm256_set1_epi32(-1);
  __m256d sums[2 * kVectors] = {};
  for (std::size_t i = 0; i < count; i += kLanes) {
    for (std::size_t v = 0; v < kVectors; v++) {
      const __m256 values = _mm256_loadu_ps(reinterpret_cast<const float*>(source) + i + 8 * v);
      const __m256i sizes = _mm256_and_si256(_mm256_castps_si256(values), no_sign);
      top = _mm256_max_epu32(top, sizes);
      low = _mm256_min_epu32(low, _mm256_sub_epi32(sizes, one));  // Zero becomes the greatest number.
      sums[2 * v] = _mm256_add_pd(sums[2 * v], _mm256_cvtps_pd(_mm256_castps256_ps128(values)));
      sums[2 * v + 1] = _mm256_add_pd(sums[2 * v + 1], _mm256_cvtps_pd(_mm256_extractf128_ps(values, 1)));
    }
  }
  const std::uint32_t largest = std::ranges::max(words_of(top));
  if (largest == 0) return RunSum{};
  // Subnormal numbers have the biased exponent 0, but are multiples of the same power of two as those with 1.
  const std::uint32_t high_exponent = std::max(largest >> 23U, 1U);
  const std::uint32_t low_exponent = std::max((std::ranges::min(words_of(low)) + 1) >> 23U, 1U);
  if (high_exponent == kNotFinite || high_exponent - low_exponent > kMaxDifference) return std::nullopt;
  RunSum sum;
  sum.exponent = static_cast<int>(low_exponent) - 150;
  const auto scale = std::bit_cast<double>(static_cast<std::uint64_t>(1023 - sum.exponent) << 52U);
  for (const __m256d& lanes : sums) {
    for (const double lane : std::bit_cast<std::array<double, 4>>(_mm256_mul_pd(lanes, _mm256_set1_pd(scale)))) {
      sum.units += static_cast<std::int64_t>(lane);
    }
  }
  return sum;
}

}  // namespace
#endif

std::optional<RunSum> sum_float_run(const std::byte* source, std::size_t count, Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return sum_avx2(source, count);
#endif
  (void)source, (void)count, (void)isa;
  return std::nullopt;
}

}  // namespace posixpar
