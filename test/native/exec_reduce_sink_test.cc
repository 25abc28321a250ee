// Adds random boxes of stored elements to a ReduceSink, and compares the states with those of the same elements, added
// one by one.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "native/exec/reduce/reduce_sink.h"

namespace posixpar {
namespace {

using States = std::vector<std::uint64_t>;

constexpr std::size_t kElements = 40'000;

ReduceRequest request_of(Reduction operation, DType type) {
  ReduceRequest request;
  request.spec = {.operation = operation, .type = type};
  request.outputs = 1;
  return request;
}

void add_one(const ReduceSpec& spec, double value, States& states) {
  reduce_box(spec, reinterpret_cast<const std::byte*>(&value), nullptr, std::array<ReduceDim, 1>{}, states.data());
}

/// A box of elements: `dims` relative to element `first`.
struct RandomBox {
  std::size_t first = 0;
  std::vector<CopyDim> dims;
  std::vector<std::vector<std::uint64_t>> lists;
};

/// Returns a box of up to three dimensions inside kElements elements of `size` bytes, with positive and negative steps
/// and with lists of indices.
RandomBox random_box(std::mt19937_64& random, std::size_t size) {
  RandomBox box;
  const std::size_t rank = random() % 4;
  box.lists.resize(rank);
  std::size_t room = kElements;
  std::size_t low = 0;
  for (std::size_t d = 0; d < rank; d++) {
    const std::size_t step = d + 1 == rank ? 1 + random() % 2 : std::max<std::size_t>(1, room / (2 + random() % 30));
    const std::uint64_t count = 1 + random() % std::max<std::size_t>(1, room / step);
    const bool is_backwards = random() % 3 == 0;
    CopyDim dim{.count = count, .src_step = static_cast<std::int64_t>(step * size)};
    if (random() % 4 == 0) {
      for (std::uint64_t i = 0; i < count; i++) box.lists[d].push_back(random() % count);
      dim.src_index = box.lists[d].data();
    } else if (is_backwards) {
      low += (count - 1) * step;
      dim.src_step = -dim.src_step;
    }
    box.dims.push_back(dim);
    room = step;
  }
  box.first = low;
  // The order of the dimensions is not always that of their steps.
  for (std::size_t d = rank; d > 1; d--) std::swap(box.dims[d - 1], box.dims[random() % d]);
  return box;
}

/// Calls `visit` with the offset in bytes of each element of the box.
template <typename Visit>
void for_each_offset(std::span<const CopyDim> dims, std::int64_t offset, const Visit& visit) {
  if (dims.empty()) return visit(offset);
  const CopyDim& dim = dims[0];
  for (std::uint64_t i = 0; i < dim.count; i++) {
    const auto at = static_cast<std::int64_t>(dim.src_index != nullptr ? dim.src_index[i] : i);
    for_each_offset(dims.subspan(1), offset + at * dim.src_step, visit);
  }
}

class ReduceSinkTest : public testing::Test {
 protected:
  ReduceSinkTest() {
    for (std::size_t i = 0; i < kElements; i++) values_.push_back(static_cast<std::int16_t>(random_() % 2000) - 1000);
  }

  std::mt19937_64 random_{20261201};
  std::vector<std::int16_t> values_;
  Plan plan_;
};

TEST_F(ReduceSinkTest, AddsElementsAsTheyAreStored) {
  std::vector<double> stored(values_.begin(), values_.end());
  const Conversion conversion{.from = DType::float64, .to = DType::float64};
  for (int round = 0; round < 200; round++) {
    const RandomBox box = random_box(random_, sizeof(double));
    const auto operation = round % 2 == 0 ? Reduction::std : Reduction::min;
    const ReduceRequest request = request_of(operation, DType::float64);
    States want(state_layout(request.spec).words);
    States got(want.size());
    const auto sink = ReduceSink::create(request, got.data());
    ASSERT_NE(sink, nullptr);
    const auto* first = reinterpret_cast<const std::byte*>(stored.data() + box.first);
    ASSERT_TRUE(sink->add({.first = first, .dims = box.dims, .conversion = conversion}).ok());
    EXPECT_EQ(got, States(got.size())) << "the state changed before the read had succeeded";
    sink->complete(plan_);
    for_each_offset(box.dims, 0, [&](std::int64_t offset) {
      double value = 0;
      std::memcpy(&value, first + offset, sizeof value);
      add_one(request.spec, value, want);
    });
    EXPECT_EQ(got, want) << "round " << round;
  }
}

TEST_F(ReduceSinkTest, ConvertsElementsAndLeavesOutMissingOnes) {
  Decoding decoding;
  decoding.missing = {7};
  const Conversion values{.from = DType::int16, .to = DType::float64};
  Conversion mask{.from = DType::int16, .to = DType::bool8};
  mask.decoding = &decoding;
  mask.part = DecodedPart::mask;
  const ReduceRequest request = request_of(Reduction::sum, DType::float64);
  for (int round = 0; round < 200; round++) {
    const RandomBox box = random_box(random_, sizeof(std::int16_t));
    States want(state_layout(request.spec).words);
    States got(want.size());
    const auto sink = ReduceSink::create(request, got.data());
    const auto* first = reinterpret_cast<const std::byte*>(values_.data() + box.first);
    ASSERT_TRUE(sink->add({.first = first, .dims = box.dims, .conversion = values, .mask = &mask}).ok());
    sink->complete(plan_);
    for_each_offset(box.dims, 0, [&](std::int64_t offset) {
      std::int16_t value = 0;
      std::memcpy(&value, first + offset, sizeof value);
      if (value != 7) add_one(request.spec, value, want);
    });
    EXPECT_EQ(got, want) << "round " << round;
  }
}

TEST_F(ReduceSinkTest, AddsFillValues) {
  const ReduceRequest request = request_of(Reduction::std, DType::float64);
  Fill fill;
  const double value = 1.25;
  std::memcpy(fill.element.data(), &value, sizeof value);
  States want(state_layout(request.spec).words);
  for (int i = 0; i < 1000; i++) add_one(request.spec, value, want);
  States got(want.size());
  const auto sink = ReduceSink::create(request, got.data());
  sink->add_fill(fill, 613, plan_);
  plan_.masked = true;
  fill.missing = true;
  sink->add_fill(fill, 99, plan_);
  // 387 more elements are in no layer; the mask does not mark them.
  plan_.prefill = true;
  plan_.fill = fill;
  plan_.fill.missing = false;
  plan_.elements = 1099;
  sink->complete(plan_);
  EXPECT_EQ(got, want);
}

TEST_F(ReduceSinkTest, RefusesSeveralResultsAndLargeStates) {
  States states(16);
  ReduceRequest several = request_of(Reduction::sum, DType::float64);
  several.outputs = 2;
  EXPECT_EQ(ReduceSink::create(several, states.data()), nullptr);
  ReduceRequest large = request_of(Reduction::digits, DType::float64);
  large.spec.bins = std::uint64_t{1} << 20;
  EXPECT_EQ(ReduceSink::create(large, states.data()), nullptr);
}

}  // namespace
}  // namespace posixpar
