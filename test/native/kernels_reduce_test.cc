// Compares reductions of panels and columns with reductions of single elements, with each instruction set. Checks that
// exact sums are rounded once.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "native/kernels/isa.h"
#include "native/kernels/reduce/panel.h"
#include "native/kernels/reduce/reduce.h"

namespace posixpar {
namespace {

using States = std::vector<std::uint64_t>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Returns random doubles. Style 0: similar values; 1 and 2: magnitudes in a range of about 2^30 and 2^200; 3: any
/// bits; 4: subnormal numbers and -0.
std::vector<double> random_doubles(std::mt19937_64& random, std::size_t count, int style) {
  std::vector<double> values(count);
  std::normal_distribution<double> normal(1000, 1);
  const int spread = style == 1 ? 30 : 200;
  for (double& value : values) {
    if (style == 0) value = normal(random);
    if (style == 1 || style == 2) {
      value = std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % spread) - 100);
      if (random() % 2 == 0) value = -value;
    }
    if (style == 3) value = std::bit_cast<double>(random());
    if (style == 4) value = random() % 3 == 0 ? -0.0 : std::bit_cast<double>(random() % 1000);  // Subnormal.
  }
  return values;
}

States reduce(const ReduceSpec& spec, const std::vector<double>& values, const std::vector<ReduceDim>& dims,
              std::size_t outputs, const std::uint8_t* mask = nullptr) {
  States states(outputs * state_layout(spec).words);
  reduce_box(spec, reinterpret_cast<const std::byte*>(values.data()), mask, dims, states.data());
  return states;
}

/// Adds one element at a time.
States reduce_singly(const ReduceSpec& spec, const std::vector<double>& values) {
  States states(state_layout(spec).words);
  const std::vector<ReduceDim> one{{1, 1, 0}};
  for (const double& value : values) {
    reduce_box(spec, reinterpret_cast<const std::byte*>(&value), nullptr, one, states.data());
  }
  return states;
}

double finish(const ReduceSpec& spec, const States& states) {
  double result = 0;
  std::uint8_t empty = 0;
  EXPECT_TRUE(finish_states(spec, 0, states.data(), 1, reinterpret_cast<std::byte*>(&result), &empty).ok());
  return result;
}

class Reduce : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { ASSERT_TRUE(set_active_isa(GetParam())); }
  void TearDown() override { set_active_isa(available_isas().back()); }
};

TEST_P(Reduce, PanelsEqualSingleElements) {
  std::mt19937_64 random(7);
  for (const Reduction operation : {Reduction::sum, Reduction::std}) {
    const ReduceSpec spec{operation, DType::float64, false};
    for (int style = 0; style < 5; style++) {
      for (const std::size_t count : {1U, 7U, 8U, 9U, 511U, 512U, 513U, 2000U}) {
        const auto values = random_doubles(random, count, style);
        const std::vector<ReduceDim> line{{count, 1, 0}};
        EXPECT_EQ(reduce(spec, values, line, 1), reduce_singly(spec, values)) << style << " " << count;
      }
    }
  }
}

TEST_P(Reduce, ColumnsEqualTheirElements) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 60; round++) {
    const std::size_t rows = 1 + random() % 150;
    const std::size_t columns = 1 + random() % 20;
    const auto values = random_doubles(random, rows * columns, static_cast<int>(random() % 5));
    const ReduceSpec spec{random() % 2 == 0 ? Reduction::mean : Reduction::std, DType::float64, random() % 2 == 0};
    std::vector<std::uint8_t> mask(values.size());
    for (auto& one : mask) one = random() % 4 == 0 ? 1 : 0;
    const bool masked = random() % 2 == 0;
    const std::vector<ReduceDim> dims{{rows, columns, 0}, {columns, 1, 1}};
    const States states = reduce(spec, values, dims, columns, masked ? mask.data() : nullptr);
    const std::size_t words = state_layout(spec).words;
    for (std::size_t c = 0; c < columns; c++) {
      std::vector<double> column;
      for (std::size_t r = 0; r < rows; r++) {
        if (!masked || mask[r * columns + c] == 0) column.push_back(values[r * columns + c]);
      }
      const States own(states.begin() + static_cast<std::ptrdiff_t>(c * words),
                       states.begin() + static_cast<std::ptrdiff_t>((c + 1) * words));
      EXPECT_EQ(own, reduce_singly(spec, column));
    }
  }
}

TEST_P(Reduce, MergedStatesEqualTheStateOfAllElements) {
  std::mt19937_64 random(9);
  for (const Reduction operation : {Reduction::count, Reduction::min, Reduction::max, Reduction::sum, Reduction::std}) {
    const ReduceSpec spec{operation, DType::float64, false};
    for (int style = 0; style < 5; style++) {
      const auto values = random_doubles(random, 700, style);
      const std::size_t cut = random() % 700;
      const auto middle = values.begin() + static_cast<std::ptrdiff_t>(cut);
      States merged = reduce_singly(spec, {middle, values.end()});
      const States first = reduce_singly(spec, {values.begin(), middle});
      merge_states(spec, merged.data(), first.data(), 1);
      EXPECT_EQ(merged, reduce_singly(spec, values));
    }
  }
}

TEST_P(Reduce, RoundsOnce) {
  const ReduceSpec sum{Reduction::sum, DType::float64, false};
  const auto total = [&](const std::vector<double>& values) { return finish(sum, reduce_singly(sum, values)); };
  EXPECT_EQ(total({1e308, 1e308, -1e308}), 1e308);
  EXPECT_EQ(total({1e308, 1e308}), kInfinity);
  EXPECT_EQ(total({1, 1e100, 1, -1e100}), 2);
  EXPECT_EQ(total({0x1p53, 1, 0x1p-60}), 0x1p53 + 2);
  EXPECT_EQ(total({0x1p53, 1}), 0x1p53);
  EXPECT_EQ(total({0x1p53, 3}), 0x1p53 + 4);
  EXPECT_EQ(total({5e-324, 5e-324}), 1e-323);
  EXPECT_EQ(total({-5e-324}), -5e-324);
  EXPECT_EQ(total({kInfinity, 1}), kInfinity);
  EXPECT_TRUE(std::isnan(total({kInfinity, -kInfinity})));
  const ReduceSpec mean{Reduction::mean, DType::float64, false};
  EXPECT_EQ(finish(mean, reduce_singly(mean, {1, 1, 2})), 4.0 / 3);
  EXPECT_EQ(finish(mean, reduce_singly(mean, {1.7e308, 1.7e308})), 1.7e308);
  const ReduceSpec deviation{Reduction::std, DType::float64, false};
  EXPECT_EQ(finish(deviation, reduce_singly(deviation, {1e300, 1e300})), 0);
  EXPECT_EQ(finish(deviation, reduce_singly(deviation, {1e16, 1e16 + 2, 1e16 + 4, 1e16 + 6})), std::sqrt(5.0));
}

INSTANTIATE_TEST_SUITE_P(EachIsa, Reduce, testing::ValuesIn(available_isas().begin(), available_isas().end()),
                         [](const auto& of) { return std::string(isa_name(of.param)); });

TEST(Panel, SumsTypicalValuesWithoutRest) {
  std::mt19937_64 random(10);
  std::normal_distribution<double> normal;
  Panel panel;
  panel.rows = kPanelRows;
  for (double& value : panel.values) value = normal(random);
  for (const Isa isa : available_isas()) {
    ColumnSums sums;
    EXPECT_TRUE(sum_columns(panel, sums, isa));
    for (std::size_t c = 0; c < kPanelColumns; c++) {
      long double total = 0;
      for (std::size_t r = 0; r < kPanelRows; r++) total += panel.values[r * kPanelColumns + c];
      EXPECT_NEAR(sums.first[c] + sums.second[c], static_cast<double>(total), 1e-13);
    }
  }
}

TEST(Panel, RejectsValuesThatItCannotSum) {
  for (const double odd : {1e-30, kInfinity, 0x1p1023, std::nan("")}) {
    Panel panel;
    panel.rows = kPanelRows;
    panel.values.fill(1);
    panel.values[77] = odd;
    for (const Isa isa : available_isas()) {
      ColumnSums sums;
      EXPECT_FALSE(sum_columns(panel, sums, isa)) << odd;
    }
  }
}

TEST(ReduceIntegers, SumsDoNotWrap) {
  const std::vector<std::int64_t> values(5, std::numeric_limits<std::int64_t>::min());
  const ReduceSpec spec{Reduction::sum, DType::int64, false};
  States states(state_layout(spec).words);
  const std::vector<ReduceDim> dims{{values.size(), 1, 0}};
  reduce_box(spec, reinterpret_cast<const std::byte*>(values.data()), nullptr, dims, states.data());
  std::int64_t sum = 0;
  std::uint8_t empty = 0;
  const auto status = finish_states(spec, 0, states.data(), 1, reinterpret_cast<std::byte*>(&sum), &empty);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::conversion);
  const ReduceSpec mean{Reduction::mean, DType::int64, false};
  EXPECT_EQ(finish(mean, states), -0x1p63);
}

}  // namespace
}  // namespace posixpar
