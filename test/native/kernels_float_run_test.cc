// Compares exact sums of runs of float32 with sums of single elements.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "native/kernels/isa.h"
#include "native/kernels/reduce/float_run.h"
#include "native/kernels/reduce/reduce.h"

namespace posixpar {
namespace {

using States = std::vector<std::uint64_t>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

const std::byte* bytes_of(const std::vector<float>& values) {
  return reinterpret_cast<const std::byte*>(values.data());
}

States reduce(const ReduceSpec& spec, const std::byte* source, const std::vector<ReduceDim>& dims,
              std::size_t outputs = 1) {
  States states(outputs * state_layout(spec).words);
  reduce_box(spec, source, nullptr, dims, states.data());
  return states;
}

/// Adds one element at a time.
States reduce_singly(const ReduceSpec& spec, const std::vector<float>& values) {
  States states(state_layout(spec).words);
  const std::vector<ReduceDim> one{{1, 1, 0}};
  for (const float& value : values) {
    reduce_box(spec, reinterpret_cast<const std::byte*>(&value), nullptr, one, states.data());
  }
  return states;
}

/// Returns random values. Style 0: similar values; 1: exponents in a range of 23; 2: of 24; 3: any bits, including NaN
/// and infinities; 4: subnormal numbers and zeros; 5: the largest numbers, all positive; 6: whole numbers.
std::vector<float> random_floats(std::mt19937_64& random, std::size_t count, int style) {
  std::vector<float> values(count);
  std::normal_distribution<float> normal(1000, 1);
  for (float& value : values) {
    const auto mantissa = static_cast<float>((random() >> 41U) | (1U << 22U));
    if (style == 0) value = normal(random);
    if (style == 1 || style == 2) value = std::ldexp(mantissa, static_cast<int>(random() % (style == 1 ? 24 : 25)));
    if (style == 1 && random() % 2 == 0) value = -value;
    if (style == 3) value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (style == 4) value = random() % 3 == 0 ? -0.0F : std::bit_cast<float>(static_cast<std::uint32_t>(random() % 99));
    if (style == 5) value = std::numeric_limits<float>::max();
    if (style == 6) value = static_cast<float>(random() % 4096) - 2048;
  }
  return values;
}

class FloatRuns : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { ASSERT_TRUE(set_active_isa(GetParam())); }
  void TearDown() override { set_active_isa(available_isas().back()); }
};

TEST_P(FloatRuns, EqualSingleElements) {
  std::mt19937_64 random(11);
  for (int style = 0; style < 7; style++) {
    for (const std::size_t count : {1U, 31U, 32U, 33U, 72U, 2047U, 2048U, 2049U, 5000U}) {
      const auto values = random_floats(random, count, style);
      for (const bool skips_nan : {false, true}) {
        const ReduceSpec spec{Reduction::mean, DType::float32, skips_nan};
        EXPECT_EQ(reduce(spec, bytes_of(values), {{count, 1, 0}}), reduce_singly(spec, values))
            << style << " " << count;
      }
    }
  }
}

TEST_P(FloatRuns, KeepRowsApart) {
  std::mt19937_64 random(12);
  constexpr std::size_t kRows = 3;
  constexpr std::size_t kColumns = 100;
  constexpr std::size_t kPitch = 130;
  const auto values = random_floats(random, kRows * kPitch, 0);
  const ReduceSpec spec{Reduction::sum, DType::float32, false};
  const States states = reduce(spec, bytes_of(values), {{kRows, kPitch, 1}, {kColumns, 1, 0}}, kRows);
  const auto words = static_cast<std::ptrdiff_t>(state_layout(spec).words);
  for (std::ptrdiff_t r = 0; r < static_cast<std::ptrdiff_t>(kRows); r++) {
    const auto begin = values.begin() + r * static_cast<std::ptrdiff_t>(kPitch);
    const States own(states.begin() + r * words, states.begin() + (r + 1) * words);
    EXPECT_EQ(own, reduce_singly(spec, {begin, begin + kColumns})) << r;
  }
}

TEST_P(FloatRuns, MayBeUnaligned) {
  std::mt19937_64 random(13);
  const auto values = random_floats(random, 2100, 0);
  std::vector<std::byte> shifted(values.size() * sizeof(float) + 1);
  std::memcpy(shifted.data() + 1, values.data(), values.size() * sizeof(float));
  const ReduceSpec spec{Reduction::sum, DType::float32, false};
  EXPECT_EQ(reduce(spec, shifted.data() + 1, {{values.size(), 1, 0}}), reduce_singly(spec, values));
}

INSTANTIATE_TEST_SUITE_P(EachIsa, FloatRuns, testing::ValuesIn(available_isas().begin(), available_isas().end()),
                         [](const auto& of) { return std::string(isa_name(of.param)); });

TEST(FloatRun, SumsExponentsThatDifferBy23) {
  if (std::ranges::find(available_isas(), Isa::avx2) == available_isas().end()) GTEST_SKIP() << "needs AVX2";
  std::vector<float> values(kMaxFloatRun, 0x1.FFFFFEp+23F);
  values[1] = 0x1.000002p+0F;
  const auto sum = sum_float_run(bytes_of(values), values.size(), Isa::avx2);
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->exponent, -23);
  EXPECT_EQ(sum->units, (std::int64_t{0xFFFFFF} << 23) * 2047 + 0x800001);
}

TEST(FloatRun, RejectsValuesThatItCannotSum) {
  for (const float odd : {0x1.8p-24F, 0x1p25F, -kInfinity, std::nanf("")}) {
    std::vector<float> values(kMaxFloatRun, 1);
    values[77] = odd;
    for (const Isa isa : available_isas()) EXPECT_FALSE(sum_float_run(bytes_of(values), values.size(), isa)) << odd;
  }
}

}  // namespace
}  // namespace posixpar
