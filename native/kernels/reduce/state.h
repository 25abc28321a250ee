#pragma once
/// \file The state of a reduction, such as a sum: numbers that describe the elements added so far. States can be merged
/// in any order, because all operations are exact. A state consists of 64-bit words, so it can be stored and sent as
/// bytes. If no element was added, all words are 0.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "native/base/dtype.h"
#include "native/base/generated/reduce.h"
#include "native/base/result.h"
#include "native/kernels/reduce/fixed_point.h"

namespace posixpar {

/// A reduction of elements of one type.
struct ReduceSpec {
  Reduction operation = Reduction::count;
  DType type = DType::uint8;
  bool skip_nan = false;   ///< True if NaN is left out.
  std::uint64_t bins = 0;  ///< For histogram and digits: number of counters.
  /// For histogram: the edges of the bins, in ascending order; one more than bins.
  std::span<const double> edges = {};
  bool equal_bins = false;  ///< For histogram: true if all bins have about the same width.
  /// For digits: the different values of the bits above the digit, in ascending order. Each has 2^digit_bits counters.
  std::span<const std::uint64_t> prefixes = {};
  unsigned digit_bits = 0;   ///< For digits: number of bits of the digit.
  unsigned digit_shift = 0;  ///< For digits: number of bits of a key below the digit.
};

/// Bits of the word kStateFlags.
enum StateFlag : std::uint64_t { kHasNan = 1, kHasPositiveInfinity = 2, kHasNegativeInfinity = 4 };

/// Positions of the words of a state.
inline constexpr std::size_t kStateCount = 0;  ///< Number of elements that were added, including NaN.
inline constexpr std::size_t kStateFlags = 1;
inline constexpr std::size_t kStateKey = 2;     ///< For min and max: greatest key (order_key()), inverted for min.
inline constexpr std::size_t kStateMinKey = 2;  ///< For bounds: as kStateKey for min.
inline constexpr std::size_t kStateMaxKey = 3;  ///< For bounds: as kStateKey for max.
inline constexpr std::size_t kStateSum = 2;     ///< For sum, mean and std: the sum. For std, then the squares' sum.

/// Positions of the words of the state of histogram and digits. All of them are numbers of elements.
inline constexpr std::size_t kStateNan = 1;
inline constexpr std::size_t kStateBelow = 2;  ///< Less than the first edge.
inline constexpr std::size_t kStateAbove = 3;  ///< Greater than the last edge.
inline constexpr std::size_t kStateBins = 4;   ///< The first counter.

[[nodiscard]] constexpr bool has_bins(Reduction operation) {
  return operation == Reduction::histogram || operation == Reduction::digits;
}

/// Returns the number of output elements per state: the number of bins for histogram and digits, 2 for bounds,
/// otherwise 1.
[[nodiscard]] constexpr std::uint64_t results_of(const ReduceSpec& spec) {
  return has_bins(spec.operation) ? spec.bins : spec.operation == Reduction::bounds ? 2 : 1;
}

/// Sizes of the state of one result.
struct StateLayout {
  std::size_t words = 2;         ///< Number of all words.
  std::size_t sum_words = 0;     ///< Number of words of the sum.
  std::size_t square_words = 0;  ///< Number of words of the sum of the squares.
  /// The last bit of the sum has the value 2^exponent. The last bit of the sum of the squares has 2^(2 * exponent).
  int exponent = 0;
};

[[nodiscard]] constexpr bool is_float(DType type) {
  return type == DType::float16 || type == DType::float32 || type == DType::float64;
}

/// Returns the sizes of the state. Sums of 2^63 elements fit.
[[nodiscard]] constexpr StateLayout state_layout(const ReduceSpec& spec) {
  StateLayout layout;
  if (spec.operation == Reduction::min || spec.operation == Reduction::max) layout.words = 3;
  if (spec.operation == Reduction::bounds) layout.words = 4;
  if (has_bins(spec.operation)) layout.words = kStateBins + spec.bins;
  const bool sums = spec.operation == Reduction::sum || spec.operation == Reduction::mean;
  if (!sums && spec.operation != Reduction::std) return layout;
  switch (spec.type) {
    case DType::float64:
      layout = {.words = 0, .sum_words = 34, .square_words = 67, .exponent = -1074};
      break;
    case DType::float32:
      layout = {.words = 0, .sum_words = 6, .square_words = 10, .exponent = -149};
      break;
    case DType::float16:
      layout = {.words = 0, .sum_words = 2, .square_words = 3, .exponent = -24};
      break;
    default:
      layout = {.words = 0, .sum_words = 2, .square_words = 3, .exponent = 0};
  }
  if (sums) layout.square_words = 0;
  layout.words = kStateSum + layout.sum_words + layout.square_words;
  return layout;
}

/// Adds the states `from` of `outputs` results to the states `to`.
void merge_states(const ReduceSpec& spec, std::uint64_t* to, const std::uint64_t* from, std::uint64_t outputs);

/// Computes the results: results_of() elements of reduced_type() per state. `empty[i]` is 1 if no element contributes
/// to the results of state i, else 0.
/// \param ddof  see standard_deviation().
/// \returns `conversion` if the sum of integers does not fit.
Status finish_states(const ReduceSpec& spec, std::uint64_t ddof, const std::uint64_t* state, std::uint64_t outputs,
                     std::byte* results, std::uint8_t* empty);

/// Returns the type of the results. min, max and bounds: the type of the elements. count, mean, std, histogram and
/// digits: float64. sum: float64 for floats, else a 64-bit integer with the sign of the elements' type (int64 for
/// bool).
[[nodiscard]] DType reduced_type(const ReduceSpec& spec);

/// Returns an integer key for `value`. Keys have the same order as their values; the key of -0 is less than the key of
/// +0. The key of NaN has no meaningful order.
[[nodiscard]] inline std::uint64_t order_key(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}
[[nodiscard]] inline std::uint64_t order_key(std::int64_t value) {
  return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63);
}
[[nodiscard]] inline std::uint64_t order_key(std::uint64_t value) { return value; }

}  // namespace posixpar
