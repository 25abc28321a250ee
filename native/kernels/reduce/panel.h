#pragma once
/// \file Computes exact sums of the columns of a small table of doubles (a panel), with vector instructions. Each value
/// is rounded and split into two parts. In a column, the first parts are multiples of one power of two, and the second
/// parts are multiples of a smaller one. The parts have so few bits that their sums fit into a double without rounding.
/// If two parts do not represent each value exactly, sum_columns() returns false. (P. Ahrens, J. Demmel, H. D. Nguyen,
/// "Algorithms for Efficient Reproducible Floating Point Summation", 2020.)
#include <array>
#include <cstddef>

#include "native/kernels/isa.h"

namespace posixpar {

inline constexpr std::size_t kPanelRows = 64;
inline constexpr std::size_t kPanelColumns = 8;

/// A table of values. Each row has kPanelColumns values.
struct Panel {
  alignas(64) std::array<double, kPanelRows * kPanelColumns> values;  // NOLINT: filled before use
  std::size_t rows = 0;
};

/// The sum of column i is exactly first[i] + second[i].
struct ColumnSums {
  alignas(64) std::array<double, kPanelColumns> first{};
  alignas(64) std::array<double, kPanelColumns> second{};
};

/// Computes the sum of each column of a panel. \returns false if two parts do not represent each value exactly. This
/// happens if values are not finite or very large, or if the values of a column differ by more than about 39 powers of
/// two.
[[nodiscard]] bool sum_columns(const Panel& panel, ColumnSums& sums, Isa isa);

/// Computes the squares of the values of `panel`, each as the exact sum of two doubles: the square of values[i] is
/// high.values[i] + low.values[i]. \returns false if this is not exact, because values are not finite, very large or
/// very small, or if `isa` has no fused multiply-add.
[[nodiscard]] bool square_panel(const Panel& panel, Panel& high, Panel& low, Isa isa);

}  // namespace posixpar
