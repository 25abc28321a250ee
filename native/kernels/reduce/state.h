#pragma once
/// \file The state of a reduction, such as a sum: numbers that describe the elements added so far. States can be merged
/// in any order, because all operations are exact. A state consists of 64-bit words, so it can be stored and sent as
/// bytes. If no element was added, all words are 0.
#include <bit>
#include <cstddef>
#include <cstdint>

#include "native/base/dtype.h"
#include "native/base/generated/reduce.h"
#include "native/base/result.h"
#include "native/kernels/reduce/fixed_point.h"

namespace posixpar {

/// A reduction of elements of one type.
struct ReduceSpec {
  Reduction operation = Reduction::count;
  DType type = DType::uint8;
  bool skip_nan = false;  ///< True if NaN is left out.
};

/// Bits of the word kStateFlags.
enum StateFlag : std::uint64_t { kHasNan = 1, kHasPositiveInfinity = 2, kHasNegativeInfinity = 4 };

/// Positions of the words of a state.
inline constexpr std::size_t kStateCount = 0;  ///< Number of elements that were added, including NaN.
inline constexpr std::size_t kStateFlags = 1;
inline constexpr std::size_t kStateKey = 2;  ///< For min and max: greatest key (order_key()), inverted for min.
inline constexpr std::size_t kStateSum = 2;  ///< For the other operations: the sum, then the sum of the squares.

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

/// Computes the results: elements of reduced_type(). `empty[i]` is 1 if no element contributes to result i, else 0.
/// \param ddof  see standard_deviation().
/// \returns `conversion` if the sum of integers does not fit.
Status finish_states(const ReduceSpec& spec, std::uint64_t ddof, const std::uint64_t* state, std::uint64_t outputs,
                     std::byte* results, std::uint8_t* empty);

/// Returns the type of the results. min and max: the type of the elements. count, mean and std: float64. sum: float64
/// for floats, else a 64-bit integer with the sign of the elements' type (int64 for bool).
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
