#include "native/kernels/convert_variants.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define POSIXPAR_AVX2 __attribute__((target("avx2,f16c")))

namespace posixpar::convert_detail {
namespace {

/// Converts float16 to float32 or float64.
template <typename To>
POSIXPAR_AVX2 void widen_half(const std::byte* in, std::byte* out, std::size_t count) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 x = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i_u*>(in + 2 * i)));
    if constexpr (std::same_as<To, float>) {
      _mm256_storeu_ps(reinterpret_cast<float*>(out + 4 * i), x);
    } else {
      _mm256_storeu_pd(reinterpret_cast<double*>(out + 8 * i), _mm256_cvtps_pd(_mm256_castps256_ps128(x)));
      _mm256_storeu_pd(reinterpret_cast<double*>(out + 8 * i + 32), _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)));
    }
  }
  fits_loop<Half, To>(in + 2 * i, out + sizeof(To) * i, count - i);
}

/// Converts float64 to float16 with a single rounding. The first step rounds to float32 "to odd" (toward zero, with the
/// last bit set if inexact), so that the second rounding gives the same result as a single one (Boldo and Melquiond,
/// 2008).
POSIXPAR_AVX2 void half_from_doubles(const std::byte* in, std::byte* out, std::size_t count) {
  const __m256d no_sign = _mm256_castsi256_pd(_mm256_set1_epi64x(0x7FFFFFFFFFFFFFFFLL));
  const __m256i low_words = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const __m256d x = _mm256_loadu_pd(reinterpret_cast<const double*>(in + 8 * i));
    const __m128 nearest = _mm256_cvtpd_ps(x);
    const __m256d back = _mm256_cvtps_pd(nearest);
    const __m256d away = _mm256_cmp_pd(_mm256_and_pd(back, no_sign), _mm256_and_pd(x, no_sign), _CMP_GT_OQ);
    const __m256d inexact = _mm256_cmp_pd(back, x, _CMP_NEQ_OQ);
    const auto narrow_mask = [&](__m256d mask) __attribute__((always_inline, target("avx2,f16c"))) {
      return _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(_mm256_castpd_si256(mask), low_words));
    };
    // A set mask is -1, so adding it subtracts one from the magnitude.
    __m128i odd = _mm_add_epi32(_mm_castps_si128(nearest), narrow_mask(away));
    odd = _mm_or_si128(odd, _mm_and_si128(narrow_mask(inexact), _mm_set1_epi32(1)));
    const __m128i half = _mm_cvtps_ph(_mm_castsi128_ps(odd), _MM_FROUND_TO_NEAREST_INT);
    _mm_storel_epi64(reinterpret_cast<__m128i_u*>(out + 2 * i), half);
  }
  for (; i < count; ++i) store(out + 2 * i, half_from_double(Element<double>::load(in + 8 * i)));
}

struct Avx2Target {
  template <typename From, typename To>
  POSIXPAR_AVX2 static void fits(const std::byte* in, std::byte* out, std::size_t count) {
    if constexpr (std::same_as<From, Half> && std::floating_point<To>) {
      widen_half<To>(in, out, count);
    } else {
      fits_loop<From, To>(in, out, count);
    }
  }
  template <typename Wide, typename To, Overflow kOverflow>
  POSIXPAR_AVX2 static bool narrow(const std::byte* in, std::byte* out, std::size_t count) {
    if constexpr (std::same_as<To, Half>) {
      half_from_doubles(in, out, count);
      return check_half_loop<kOverflow>(in, out, count);
    } else {
      return narrow_loop<Wide, To, kOverflow>(in, out, count);
    }
  }
  POSIXPAR_AVX2 static void scale(const std::byte* in, std::byte* out, std::size_t count, double scale, double offset) {
    scale_loop(in, out, count, scale, offset);
  }
  template <typename Work>
  POSIXPAR_AVX2 static void decode(const std::byte* in, std::byte* out, std::size_t count, const Decoding& decoding) {
    decode_loop<Work>(in, out, count, decoding);
  }
  static void mask(const std::byte* in, std::byte* out, std::size_t count, const Decoding& decoding) {
    mask_loop(in, out, count, decoding);
  }
};

}  // namespace

const ConvertKernels& convert_kernels_avx2() {
  static constexpr ConvertKernels kKernels = TableBuilder<Avx2Target>::build();
  return kKernels;
}

}  // namespace posixpar::convert_detail
#endif
