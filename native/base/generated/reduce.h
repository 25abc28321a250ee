#pragma once
/// \file Reductions.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>

namespace posixpar {

/// Quantities that native threads compute from many elements.
enum class Reduction : std::uint8_t {
  /// Number of elements.
  count = 0,
  /// Smallest element.
  min = 1,
  /// Largest element.
  max = 2,
  /// Sum of the elements.
  sum = 3,
  /// Sum divided by the number of elements.
  mean = 4,
  /// Square root of the mean squared distance from the mean.
  std = 5,
  /// Smallest and largest element.
  bounds = 6,
  /// Number of elements in each bin.
  histogram = 7,
  /// Number of elements for each value of some bits of their keys.
  digits = 8,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Reduction) { return 9; }

/// Positions of the numbers that describe a step of a reduction. Three numbers per dimension follow them.
enum ReduceWord : std::size_t {
  /// Number of a reduction.
  kReduceOperation = 0,
  /// Type of the elements.
  kReduceType = 1,
  /// 1: NaN is left out.
  kReduceSkipNan = 2,
  /// Number of results.
  kReduceOutputs = 3,
  /// Number that is subtracted from the number of elements in the divisor of the variance.
  kReduceDdof = 4,
  /// Number of dimensions of the elements.
  kReduceDims = 5,
  /// For histogram and digits: number of counters.
  kReduceBins = 6,
  /// For histogram. 1: all bins have about the same width.
  kReduceEqualBins = 7,
  /// For digits: number of bits that are counted together.
  kReduceDigitBits = 8,
  /// For digits: number of bits of a key below the counted bits.
  kReduceDigitShift = 9,
  kReduceWords = 10,
};

/// Positions of the numbers that describe one dimension of the elements to reduce.
enum ReduceDimWord : std::size_t {
  /// Number of elements along the dimension.
  kReduceDimCount = 0,
  /// Distance between two neighbours along the dimension, in elements.
  kReduceDimSourceStep = 1,
  /// Distance between the results of two neighbours, in results; 0 if the dimension is reduced.
  kReduceDimOutputStep = 2,
  kReduceDimWords = 3,
};

}  // namespace posixpar
