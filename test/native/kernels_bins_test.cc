// Tests histograms and digits against a count that compares each element with each edge.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "native/exec/reduce/reduce_jobs.h"
#include "native/kernels/reduce/reduce.h"

namespace posixpar {
namespace {

using States = std::vector<std::uint64_t>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr float kInfinityF = std::numeric_limits<float>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <typename T>
States reduce(const ReduceSpec& spec, const std::vector<T>& values) {
  States states(state_layout(spec).words);
  const std::vector<ReduceDim> dims{{values.size(), 1, 0}};
  reduce_box(spec, reinterpret_cast<const std::byte*>(values.data()), nullptr, dims, states.data());
  return states;
}

States count_plainly(const std::vector<double>& edges, const std::vector<double>& values) {
  const std::size_t bins = edges.size() - 1;
  States states(kStateBins + bins);
  for (const double value : values) {
    states[kStateCount]++;
    if (std::isnan(value)) {
      states[kStateNan]++;
    } else if (value < edges.front()) {
      states[kStateBelow]++;
    } else if (value > edges.back()) {
      states[kStateAbove]++;
    } else {
      std::size_t bin = bins - 1;
      while (bin > 0 && value < edges[bin]) bin--;
      states[kStateBins + bin]++;
    }
  }
  return states;
}

ReduceSpec histogram_of(const std::vector<double>& edges, bool equal) {
  return {.operation = Reduction::histogram,
          .type = DType::float64,
          .bins = edges.size() - 1,
          .edges = edges,
          .equal_bins = equal};
}

TEST(Histogram, EqualsPlainCount) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 200; round++) {
    const std::size_t bins = 1 + random() % 50;
    std::uniform_real_distribution<double> uniform(-3, 3);
    double low = uniform(random);
    double high = low + std::ldexp(1 + std::abs(uniform(random)), -static_cast<int>(random() % 40));
    std::vector<double> edges;
    for (std::size_t i = 0; i <= bins; i++) {
      edges.push_back(low + (high - low) * static_cast<double>(i) / static_cast<double>(bins));
    }
    // Edges that are not equally spaced, of which some are equal.
    const bool equal = random() % 2 == 0;
    if (!equal) {
      for (double& edge : edges) edge = low + (high - low) * static_cast<double>(random() % 9) / 8;
      std::ranges::sort(edges);
    }
    std::vector<double> values{kNan, kInfinity, -kInfinity, -0.0, 0, 5e-324};
    for (const double edge : edges) {
      values.insert(values.end(), {edge, std::nextafter(edge, -kInfinity), std::nextafter(edge, kInfinity)});
    }
    for (int i = 0; i < 500; i++) values.push_back(low + (high - low) * uniform(random));
    EXPECT_EQ(reduce(histogram_of(edges, equal), values), count_plainly(edges, values)) << round;
  }
}

TEST(Histogram, FindsTheBinIfTheEstimateIsWrong) {
  // The bins are declared equal, but are not.
  const std::vector<double> edges{0, 1, 2, 3, 1000, 1001, 1002, 1003, 1004};
  const std::vector<double> values{0, 0.5, 1, 2.9, 3, 999, 1000, 1003.5, 1004};
  EXPECT_EQ(reduce(histogram_of(edges, true), values), count_plainly(edges, values));
  const std::vector<double> wide{-1.7e308, 0, 1.7e308};
  EXPECT_EQ(reduce<double>(histogram_of(wide, true), {-1.7e308, -1, 0, 1e308}), (States{4, 0, 0, 0, 2, 2}));
  const std::vector<double> narrow{0, 5e-324, 1e-323};
  EXPECT_EQ(reduce<double>(histogram_of(narrow, true), {0, 5e-324, 1e-323, 1}), (States{4, 0, 0, 1, 1, 2}));
}

TEST(Histogram, RoundsLongIntegers) {
  const std::vector<double> edges{0, 0x1p53, 0x1p54};
  ReduceSpec spec = histogram_of(edges, true);
  spec.type = DType::int64;
  const std::int64_t power = std::int64_t{1} << 53;
  // 2^53 + 1 is rounded to 2^53, and 2^54 + 1 to 2^54.
  const std::vector<std::int64_t> values{-1, power - 1, power, power + 1, 2 * power + 1, 2 * power + 3};
  EXPECT_EQ(reduce(spec, values), (States{6, 0, 1, 1, 1, 3}));
}

TEST(Histogram, MergedStatesEqualTheStateOfAllElements) {
  std::mt19937_64 random(6);
  std::normal_distribution<double> normal;
  std::vector<double> values(1000);
  for (double& value : values) value = normal(random);
  const std::vector<double> edges{-1, -0.5, 0, 2};
  const ReduceSpec spec = histogram_of(edges, false);
  States merged = reduce(spec, std::vector<double>(values.begin() + 300, values.end()));
  const States first = reduce(spec, std::vector<double>(values.begin(), values.begin() + 300));
  merge_states(spec, merged.data(), first.data(), 1);
  EXPECT_EQ(merged, reduce(spec, values));
}

TEST(Digits, CountOnlyElementsWithThePrefixes) {
  std::mt19937_64 random(7);
  std::vector<double> values(5000);
  for (double& value : values) value = std::bit_cast<double>(random());
  std::vector<std::uint64_t> prefixes;
  for (std::size_t i = 0; i < 3; i++) prefixes.push_back(order_key(values[i]) >> 52);
  std::ranges::sort(prefixes);
  const ReduceSpec spec{.operation = Reduction::digits,
                        .type = DType::float64,
                        .bins = 3 << 5,
                        .prefixes = prefixes,
                        .digit_bits = 5,
                        .digit_shift = 47};
  States expected(kStateBins + spec.bins);
  for (const double value : values) {
    expected[kStateCount]++;
    if (std::isnan(value)) expected[kStateNan]++;
    const std::uint64_t key = order_key(value);
    const auto found = std::ranges::find(prefixes, key >> 52);
    if (std::isnan(value) || found == prefixes.end()) continue;
    expected[kStateBins + static_cast<std::size_t>(found - prefixes.begin()) * 32 + (key >> 47) % 32]++;
  }
  EXPECT_EQ(reduce(spec, values), expected);
}

template <typename T>
std::vector<std::uint64_t> digits_of(DType type, const std::vector<T>& values) {
  const std::vector<std::uint64_t> prefixes{0};
  const unsigned bits = sizeof(T) * 8;
  std::vector<std::uint64_t> found;
  for (const T& value : values) {
    const ReduceSpec spec{.operation = Reduction::digits,
                          .type = type,
                          .bins = 1U << 8,
                          .prefixes = prefixes,
                          .digit_bits = 8,
                          .digit_shift = bits - 8};
    const States states = reduce(spec, std::vector<T>{value});
    const auto one = std::find(states.begin() + kStateBins, states.end(), 1U);
    found.push_back(static_cast<std::uint64_t>(one - states.begin()) - kStateBins);
  }
  return found;
}

TEST(Digits, KeysHaveTheOrderOfTheValues) {
  EXPECT_EQ(digits_of<std::int8_t>(DType::int8, {-128, -1, 0, 127}), (std::vector<std::uint64_t>{0, 127, 128, 255}));
  EXPECT_EQ(digits_of<std::int64_t>(DType::int64, {std::numeric_limits<std::int64_t>::min(), -1, 0}),
            (std::vector<std::uint64_t>{0, 127, 128}));
  EXPECT_EQ(digits_of<std::uint16_t>(DType::uint16, {0, 255, 256, 65535}), (std::vector<std::uint64_t>{0, 0, 1, 255}));
  // The first bits of a key are the inverted sign and the exponent; all bits are inverted if the value is negative.
  EXPECT_EQ(digits_of<float>(DType::float32, {-kInfinityF, -1, -0.0F, 0, 1, kInfinityF}),
            (std::vector<std::uint64_t>{0, 64, 127, 128, 191, 255}));
  EXPECT_EQ(digits_of<double>(DType::float64, {-1, -0.0, 0, 1}), (std::vector<std::uint64_t>{64, 127, 128, 191}));
  EXPECT_EQ(digits_of<std::uint16_t>(DType::float16, {0xBC00, 0x8000, 0, 0x3C00}),
            (std::vector<std::uint64_t>{67, 127, 128, 188}));
}

TEST(Extent, FindsBothEnds) {
  const ReduceSpec spec{.operation = Reduction::bounds, .type = DType::float64};
  const States states = reduce(spec, std::vector<double>{3, -0.0, 7.5, 0});
  std::array<double, 2> ends{};
  std::uint8_t empty = 1;
  ASSERT_TRUE(finish_states(spec, 0, states.data(), 1, reinterpret_cast<std::byte*>(ends.data()), &empty).ok());
  EXPECT_EQ(ends, (std::array<double, 2>{-0.0, 7.5}));
  EXPECT_TRUE(std::signbit(ends[0]));
  EXPECT_EQ(empty, 0);
}

TEST(ReduceRequest, RejectsTablesThatDoNotFit) {
  std::vector<double> words(kReduceWords);
  words[kReduceOperation] = static_cast<double>(Reduction::histogram);
  words[kReduceType] = static_cast<double>(DType::float64);
  words[kReduceOutputs] = 1;
  EXPECT_FALSE(ReduceRequest::decode(words));  // No bins.
  words[kReduceBins] = 2;
  auto request = ReduceRequest::decode(words);
  ASSERT_TRUE(request);
  const auto accepts = [&](const std::vector<double>& edges) { return request->set_table(std::span(edges)); };
  EXPECT_TRUE(accepts({-kInfinity, 1, 1}));
  EXPECT_FALSE(accepts({1, 2}));
  EXPECT_FALSE(accepts({1, 0, 2}));
  EXPECT_FALSE(accepts({0, kNan, 2}));
  const std::vector<std::uint64_t> prefixes{0, 1};
  EXPECT_FALSE(request->set_table(std::span(prefixes)));

  words[kReduceOperation] = static_cast<double>(Reduction::digits);
  words[kReduceBins] = 2 << 8;
  words[kReduceDigitBits] = 8;
  words[kReduceDigitShift] = 48;
  request = ReduceRequest::decode(words);
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->set_table(std::span(prefixes)));
  EXPECT_FALSE(request->set_table(std::span(prefixes).first(1)));
  const std::vector<std::uint64_t> repeated{1, 1};
  EXPECT_FALSE(request->set_table(std::span(repeated)));
  words[kReduceDigitShift] = 57;
  EXPECT_FALSE(ReduceRequest::decode(words));  // More bits than a key has.
}

}  // namespace
}  // namespace posixpar
