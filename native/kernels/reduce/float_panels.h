#pragma once
/// \file Adds floating-point numbers to the states of a reduction. Sums many of them at once in panels (panel.h).
#include <algorithm>
#include <array>
#include <cmath>

#include "native/kernels/reduce/panel.h"
#include "native/kernels/reduce/reduce.h"
#include "native/kernels/reduce/sinks.h"

namespace posixpar::reduce_detail {

/// Fills panels with elements of type T and adds them to the states, one state per column.
template <typename T, bool kSquares>
class FloatPanels {
 public:
  FloatPanels(const ReduceSpec& spec, const StateLayout& layout) : spec_(spec), layout_(layout) {}

  /// Adds a table of `rows` by `columns` elements.
  void add(const ReduceDim& rows, const ReduceDim& columns, const std::byte* source, const std::uint8_t* mask,
           std::uint64_t* states) {
    for (std::uint64_t c = 0; c < columns.count; c += kPanelColumns) {
      const std::size_t width = std::min<std::uint64_t>(kPanelColumns, columns.count - c);
      for (std::uint64_t r = 0; r < rows.count; r += kPanelRows) {
        panel_.rows = std::min<std::uint64_t>(kPanelRows, rows.count - r);
        const std::uint64_t at = r * rows.source_step + c * columns.source_step;
        fill(rows.source_step, columns.source_step, width, source + at * sizeof(T), mask == nullptr ? mask : mask + at);
        flush(width, states + c * columns.output_step * layout_.words, columns.output_step * layout_.words);
      }
    }
  }

 private:
  /// Copies elements to the panel. Elements that must be left out become 0, which does not change the sums.
  void fill(std::uint64_t row_step, std::uint64_t column_step, std::size_t width, const std::byte* source,
            const std::uint8_t* mask) {
    left_out_.fill(0);
    if (width < kPanelColumns) panel_.values.fill(0);
    for (std::size_t r = 0; r < panel_.rows; r++) {
      double* values = panel_.values.data() + r * kPanelColumns;
      const std::byte* elements = source + r * row_step * sizeof(T);
      if (width == kPanelColumns && column_step == 1) {
        for (std::size_t c = 0; c < kPanelColumns; c++) values[c] = load<T>(elements + c * sizeof(T));
      } else {
        for (std::size_t c = 0; c < width; c++) values[c] = load<T>(elements + c * column_step * sizeof(T));
      }
      if (mask == nullptr && !spec_.skip_nan) continue;
      for (std::size_t c = 0; c < width; c++) {
        const bool is_masked = mask != nullptr && mask[r * row_step + c * column_step] != 0;
        if (!is_masked && !(spec_.skip_nan && std::isnan(values[c]))) continue;
        values[c] = 0;
        left_out_[c]++;
      }
    }
  }

  void flush(std::size_t width, std::uint64_t* states, std::uint64_t state_step) {
    const Isa isa = active_isa();
    const bool sums_exact = sum_columns(panel_, sums_, isa);
    const bool squares_exact = kSquares && sums_exact && sum_squares(isa);
    for (std::size_t c = 0; c < width; c++) {
      std::uint64_t* state = states + c * state_step;
      if (!sums_exact || (kSquares && !squares_exact)) {
        FloatSink<T, kSquares> sink(state, layout_);
        for (std::size_t r = 0; r < panel_.rows; r++) sink.add(panel_.values[r * kPanelColumns + c]);
        sink.flush();
        state[kStateCount] -= left_out_[c];
        continue;
      }
      state[kStateCount] += panel_.rows - left_out_[c];
      add_sums(sums_, c, {state + kStateSum, layout_.sum_words}, layout_.exponent);
      if constexpr (kSquares) {
        const Limbs squares(state + kStateSum + layout_.sum_words, layout_.square_words);
        add_sums(high_sums_, c, squares, 2 * layout_.exponent);
        if constexpr (kHasLow) add_sums(low_sums_, c, squares, 2 * layout_.exponent);
      }
    }
  }

  /// True if the square of an element needs two doubles. For narrower types, one double represents it exactly.
  static constexpr bool kHasLow = std::same_as<T, double>;

  bool sum_squares(Isa isa) {
    if constexpr (!kHasLow) {
      for (std::size_t i = 0; i < panel_.rows * kPanelColumns; i++)
        high_.values[i] = panel_.values[i] * panel_.values[i];
      high_.rows = panel_.rows;
      return sum_columns(high_, high_sums_, isa);
    }
    return square_panel(panel_, high_, low_, isa) && sum_columns(high_, high_sums_, isa) &&
           sum_columns(low_, low_sums_, isa);
  }

  static void add_sums(const ColumnSums& sums, std::size_t column, Limbs number, int exponent) {
    if (sums.first[column] != 0) add_double(number, sums.first[column], exponent);
    if (sums.second[column] != 0) add_double(number, sums.second[column], exponent);
  }

  const ReduceSpec& spec_;
  const StateLayout& layout_;
  Panel panel_;
  Panel high_;
  Panel low_;
  ColumnSums sums_;
  ColumnSums high_sums_;
  ColumnSums low_sums_;
  std::array<std::uint64_t, kPanelColumns> left_out_{};
};

}  // namespace posixpar::reduce_detail
