#include "native/kernels/reduce/reduce.h"

#include <algorithm>
#include <array>
#include <concepts>

#include "native/base/generated/limits.h"
#include "native/kernels/reduce/bin_sinks.h"
#include "native/kernels/reduce/float_panels.h"
#include "native/kernels/reduce/float_run.h"
#include "native/kernels/reduce/sinks.h"

namespace posixpar {
namespace {

using namespace reduce_detail;  // NOLINT(google-build-using-namespace)

/// A table of elements along the last two dimensions of a box.
struct Table {
  const std::byte* source = nullptr;
  const std::uint8_t* mask = nullptr;
  std::uint64_t* states = nullptr;
};

/// True if the element must be left out: the mask marks it, or it is NaN and `skip_nan` is set.
template <typename T>
bool is_left_out(Wide<T> value, const std::uint8_t* mask, bool skip_nan) {
  if (mask != nullptr && *mask != 0) return true;
  if constexpr (std::same_as<Wide<T>, double>) return skip_nan && std::isnan(value);
  return false;
}

template <typename Sink>
Sink make_sink(const ReduceSpec& spec, const StateLayout& layout, std::uint64_t* state) {
  if constexpr (std::constructible_from<Sink, std::uint64_t*, const ReduceSpec&>) {
    return Sink(state, spec);
  } else {
    return Sink(state, layout);
  }
}

template <typename T, typename Sink>
void reduce_row(const ReduceSpec& spec, const StateLayout& layout, const ReduceDim& dim, const Table& line) {
  const auto add = [&](Sink& sink, std::uint64_t i) {
    const std::uint64_t at = i * dim.source_step;
    const Wide<T> value = load<T>(line.source + at * sizeof(T));
    const std::uint8_t* mask = line.mask == nullptr ? nullptr : line.mask + at;
    if (!is_left_out<T>(value, mask, spec.skip_nan)) sink.add(value);
  };
  if (dim.output_step == 0) {
    Sink sink = make_sink<Sink>(spec, layout, line.states);
    for (std::uint64_t i = 0; i < dim.count; i++) add(sink, i);
    sink.flush();
    return;
  }
  for (std::uint64_t i = 0; i < dim.count; i++) {
    Sink sink = make_sink<Sink>(spec, layout, line.states + i * dim.output_step * layout.words);
    add(sink, i);
    sink.flush();
  }
}

/// The last two dimensions of a box.
struct TableDims {
  ReduceDim rows;
  ReduceDim columns;
};

template <typename T, typename Sink>
void reduce_rows(const ReduceSpec& spec, const StateLayout& layout, const TableDims& dims, Table table) {
  const auto& [rows, columns] = dims;
  for (std::uint64_t r = 0; r < rows.count; r++) {
    reduce_row<T, Sink>(spec, layout, columns, table);
    table.source += rows.source_step * sizeof(T);
    if (table.mask != nullptr) table.mask += rows.source_step;
    table.states += rows.output_step * layout.words;
  }
}

/// Adds a row of float32 that are contiguous and share one state, in runs (float_run.h). Adds a run in panels if its
/// sum would be inexact. \returns the number of values that were added; the rest is shorter than kFloatRunUnit.
std::uint64_t add_float_runs(std::uint64_t count, const Table& row, const StateLayout& layout,
                             FloatPanels<float, false>& panels) {
  const Isa isa = active_isa();
  const Limbs number(row.states + kStateSum, layout.sum_words);
  std::uint64_t done = 0;
  while (count - done >= kFloatRunUnit) {
    const std::uint64_t length = std::min<std::uint64_t>(kMaxFloatRun, (count - done) / kFloatRunUnit * kFloatRunUnit);
    const std::byte* source = row.source + done * sizeof(float);
    if (const auto sum = sum_float_run(source, length, isa)) {
      const bool negative = sum->units < 0;
      const auto magnitude = static_cast<std::uint64_t>(negative ? -sum->units : sum->units);
      add_shifted(number, magnitude, static_cast<unsigned>(sum->exponent - layout.exponent), negative);
      row.states[kStateCount] += length;
    } else {
      panels.add({length / kPanelColumns, kPanelColumns, 0}, {kPanelColumns, 1, 0}, source, nullptr, row.states);
    }
    done += length;
  }
  return done;
}

/// Adds floating-point numbers in panels (panel.h) if the rows or the columns of the table are reduced. If only the
/// rows are reduced, each column of a panel has a separate state. If the columns are reduced, all columns of a panel
/// share one state. Adds contiguous float32 in runs.
template <typename T, bool kSquares>
void reduce_floats(const ReduceSpec& spec, const StateLayout& layout, const TableDims& dims, Table table) {
  const auto& [rows, columns] = dims;
  FloatPanels<T, kSquares> panels(spec, layout);
  if (columns.output_step != 0 && rows.output_step == 0) {
    panels.add(rows, columns, table.source, table.mask, table.states);
    return;
  }
  if (columns.output_step != 0) {
    reduce_rows<T, FloatSink<T, kSquares>>(spec, layout, dims, table);
    return;
  }
  const ReduceDim lanes{kPanelColumns, columns.source_step, 0};
  for (std::uint64_t r = 0; r < rows.count; r++) {
    const std::uint64_t at = r * rows.source_step;
    Table row{table.source + at * sizeof(T), table.mask == nullptr ? nullptr : table.mask + at,
              table.states + r * rows.output_step * layout.words};
    std::uint64_t done = 0;
    if constexpr (std::same_as<T, float> && !kSquares) {
      if (columns.source_step == 1 && row.mask == nullptr) done = add_float_runs(columns.count, row, layout, panels);
    }
    if (done == 0) {
      done = columns.count / kPanelColumns * kPanelColumns;
      const ReduceDim groups{columns.count / kPanelColumns, columns.source_step * kPanelColumns, 0};
      panels.add(groups, lanes, row.source, row.mask, row.states);
    }
    if (done == columns.count) continue;
    row.source += done * columns.source_step * sizeof(T);
    if (row.mask != nullptr) row.mask += done * columns.source_step;
    reduce_row<T, FloatSink<T, kSquares>>(spec, layout, {columns.count - done, columns.source_step, 0}, row);
  }
}

using TableFunction = void (*)(const ReduceSpec&, const StateLayout&, const TableDims&, Table);

template <typename T, bool kSquares>
TableFunction sum_function() {
  if constexpr (std::same_as<Wide<T>, double>) {
    return reduce_floats<T, kSquares>;
  } else {
    return reduce_rows<T, IntegerSink<T, kSquares>>;
  }
}

template <typename T>
TableFunction function_of(Reduction operation) {
  switch (operation) {
    case Reduction::count:
      return reduce_rows<T, CountSink<T>>;
    case Reduction::min:
      return reduce_rows<T, ExtremeSink<T, true>>;
    case Reduction::max:
      return reduce_rows<T, ExtremeSink<T, false>>;
    case Reduction::sum:
    case Reduction::mean:
      return sum_function<T, false>();
    case Reduction::std:
      return sum_function<T, true>();
    case Reduction::bounds:
      return reduce_rows<T, ExtentSink<T>>;
    case Reduction::histogram:
      return reduce_rows<T, HistogramSink<T>>;
    case Reduction::digits:
      return reduce_rows<T, DigitSink<T>>;
  }
  return nullptr;
}

TableFunction function_of(const ReduceSpec& spec) {
  switch (spec.type) {
    case DType::bool8:
    case DType::uint8:
      return function_of<std::uint8_t>(spec.operation);
    case DType::int8:
      return function_of<std::int8_t>(spec.operation);
    case DType::int16:
      return function_of<std::int16_t>(spec.operation);
    case DType::uint16:
      return function_of<std::uint16_t>(spec.operation);
    case DType::int32:
      return function_of<std::int32_t>(spec.operation);
    case DType::uint32:
      return function_of<std::uint32_t>(spec.operation);
    case DType::int64:
      return function_of<std::int64_t>(spec.operation);
    case DType::uint64:
      return function_of<std::uint64_t>(spec.operation);
    case DType::float16:
      return function_of<Half>(spec.operation);
    case DType::float32:
      return function_of<float>(spec.operation);
    case DType::float64:
      return function_of<double>(spec.operation);
    case DType::complex64:
    case DType::complex128:
      break;
  }
  return nullptr;
}

}  // namespace

void reduce_box(const ReduceSpec& spec, const std::byte* source, const std::uint8_t* mask,
                std::span<const ReduceDim> dims, std::uint64_t* states) {
  if (std::ranges::any_of(dims, [](const ReduceDim& dim) { return dim.count == 0; })) return;
  const StateLayout layout = state_layout(spec);
  const std::size_t size = dtype_size(spec.type);
  const TableFunction reduce_table = function_of(spec);
  const std::size_t inner = std::min<std::size_t>(dims.size(), 2);
  TableDims table_dims;
  if (inner > 0) table_dims.columns = dims.back();
  if (inner > 1) table_dims.rows = dims[dims.size() - 2];
  const std::span outer = dims.first(dims.size() - inner);
  std::array<std::uint64_t, kMaxRank> index{};
  Table table{source, mask, states};
  while (true) {
    reduce_table(spec, layout, table_dims, table);
    std::size_t d = outer.size();
    for (; d > 0; d--) {
      const ReduceDim& dim = outer[d - 1];
      const bool wraps = ++index[d - 1] == dim.count;
      // Moves to the next table, or back to the first one along this dimension.
      const auto steps = wraps ? -static_cast<std::int64_t>(dim.count - 1) : 1;
      const auto elements = steps * static_cast<std::int64_t>(dim.source_step);
      table.source += elements * static_cast<std::int64_t>(size);
      if (table.mask != nullptr) table.mask += elements;
      table.states += steps * static_cast<std::int64_t>(dim.output_step * layout.words);
      if (!wraps) break;
      index[d - 1] = 0;
    }
    if (d == 0) return;
  }
}

}  // namespace posixpar
