#include "native/kernels/reduce/panel.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
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
POSIXPAR_AVX2_FMA bool sum_columns_avx2(const Panel& panel, ColumnSums& sums) {
  return sum_columns_inline(panel, sums);
}

#if defined(__x86_64__)
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
