#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "native/kernels/isa.h"
#include "native/kernels/scatter.h"
#include "test/native/kernels_oracle.h"

namespace posixpar {
namespace {

using Buffer = std::vector<std::byte>;
using Rng = std::mt19937_64;

std::size_t below(Rng& rng, std::size_t end) { return static_cast<std::size_t>(rng() % end); }

Buffer random_bytes(Rng& rng, std::size_t size) {
  Buffer out((size + 7) / 8 * 8);
  for (std::size_t i = 0; i < out.size(); i += 8) {
    const std::uint64_t bits = rng();
    std::memcpy(out.data() + i, &bits, 8);
  }
  out.resize(size);
  out.shrink_to_fit();  // A byte beyond the end is a byte beyond the allocation.
  return out;
}

/// One side of a random copy: where each dimension's elements are, and a buffer that just holds them.
struct Side {
  std::vector<std::int64_t> steps;
  std::vector<std::vector<std::uint64_t>> index;  // Empty: none.
  std::size_t base = 0;
  std::size_t size = 0;
};

/// Lays `counts` out in a random order of dimensions, with gaps, negative steps and index lists now and then, as long
/// as that does not take too much memory. With `shared`, elements may share memory: zero steps and repeated indices.
Side random_side(Rng& rng, const std::vector<std::uint64_t>& counts, std::size_t element, bool shared, bool tame) {
  const std::size_t rank = counts.size();
  Side side;
  side.steps.resize(rank);
  side.index.resize(rank);
  std::vector<std::size_t> order(rank);
  std::iota(order.rbegin(), order.rend(), std::size_t{0});
  if (below(rng, 2) == 0) std::shuffle(order.begin(), order.end(), rng);
  std::size_t extent = element;
  std::size_t base = below(rng, 2) == 0 ? 0 : below(rng, 20);
  for (const std::size_t d : order) {
    constexpr std::size_t kMuch = 100000;
    tame = tame || extent > kMuch;
    std::size_t step = extent;
    if (!tame && below(rng, 4) == 0) step += below(rng, 3) == 0 ? below(rng, 9) : element * below(rng, 5);
    std::size_t range = counts[d];
    if (!tame && below(rng, 4) == 0) {
      range = counts[d] + below(rng, 6);
      std::vector<std::uint64_t> list(range);
      std::iota(list.begin(), list.end(), std::uint64_t{0});
      if (below(rng, 3) != 0) std::shuffle(list.begin(), list.end(), rng);
      list.resize(counts[d]);
      if (shared && below(rng, 2) == 0) {
        for (auto& i : list) i = below(rng, range);
      }
      if (list.empty()) list.reserve(1);
      side.index[d] = list;
    }
    if (shared && !tame && below(rng, 12) == 0) step = 0;
    side.steps[d] = static_cast<std::int64_t>(step);
    if (range > 0) extent += step * (range - 1);
    if (!tame && range > 0 && below(rng, 5) == 0) {
      side.steps[d] = -side.steps[d];
      base += step * (range - 1);
    }
  }
  side.base = base;
  side.size = extent + (base % 20) + 64;
  return side;
}

struct RandomCopy {
  std::vector<std::uint64_t> counts;
  Side src;
  Side dst;
  std::vector<CopyDim> dims;

  RandomCopy(Rng& rng, std::vector<std::uint64_t> sizes, std::size_t src_element, std::size_t dst_element)
      : counts(std::move(sizes)) {
    const bool tame = below(rng, 4) == 0;
    src = random_side(rng, counts, src_element, true, tame);
    dst = random_side(rng, counts, dst_element, false, tame);
    for (std::size_t d = 0; d < counts.size(); ++d) {
      const auto list = [](const std::vector<std::uint64_t>& index) { return index.empty() ? nullptr : index.data(); };
      dims.push_back({counts[d], src.steps[d], dst.steps[d], list(src.index[d]), list(dst.index[d])});
    }
    std::shuffle(dims.begin(), dims.end(), rng);
  }
  RandomCopy(const RandomCopy&) = delete;
  RandomCopy& operator=(const RandomCopy&) = delete;

  [[nodiscard]] std::string describe() const {
    std::ostringstream out;
    for (const CopyDim& dim : dims) {
      out << "{" << dim.count << ", " << dim.src_step << (dim.src_index != nullptr ? " list" : "") << ", "
          << dim.dst_step << (dim.dst_index != nullptr ? " list" : "") << "} ";
    }
    return out.str();
  }
};

/// Ranks 0 to 8 with up to some thousand elements; or two or three long dimensions, which need several blocks.
std::vector<std::uint64_t> random_counts(Rng& rng) {
  std::vector<std::uint64_t> counts;
  if (below(rng, 4) == 0) {
    counts = {1 + below(rng, 150), 1 + below(rng, 150)};
    if (below(rng, 2) == 0) counts.push_back(1 + below(rng, 4));
    std::shuffle(counts.begin(), counts.end(), rng);
    return counts;
  }
  const std::size_t rank = below(rng, 9);
  std::size_t left = 4000;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::size_t most = std::min<std::size_t>(left, below(rng, 3) == 0 ? 40 : 5);
    const std::size_t count = below(rng, 60) == 0 ? 0 : 1 + below(rng, most);
    counts.push_back(count);
    left /= std::max<std::size_t>(count, 1);
  }
  return counts;
}

/// Runs `check` with each instruction set in turn.
template <typename Check>
void with_every_isa(Check&& check) {
  for (const Isa isa : available_isas()) {
    SCOPED_TRACE(isa_name(isa));
    ASSERT_TRUE(set_active_isa(isa));
    check();
    if (testing::Test::HasFatalFailure()) break;
  }
  set_active_isa(available_isas().back());
}

class Copy : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { ASSERT_TRUE(set_active_isa(GetParam())); }
  void TearDown() override { set_active_isa(available_isas().back()); }
};

TEST(CopyByDefinition, MovesTheSameBytesForRandomBoxes) {
  Rng rng(20240601);
  constexpr DType kTypes[] = {DType::uint8,   DType::int16,     DType::float32,
                              DType::float64, DType::complex64, DType::complex128};
  for (int round = 0; round < 800; ++round) {
    Conversion conversion;
    conversion.from = conversion.to = kTypes[below(rng, std::size(kTypes))];
    conversion.swap = below(rng, 3) == 0;
    const std::size_t size = dtype_size(conversion.from);
    const RandomCopy copy(rng, random_counts(rng), size, size);
    const Buffer src = random_bytes(rng, copy.src.base + copy.src.size);
    const Buffer before = random_bytes(rng, copy.dst.base + copy.dst.size);
    Buffer expected = before;
    oracle::copy(src.data() + copy.src.base, expected.data() + copy.dst.base, copy.dims, conversion);
    with_every_isa([&] {
      Buffer out = before;
      ASSERT_TRUE(copy_nd(src.data() + copy.src.base, out.data() + copy.dst.base, copy.dims, conversion).ok());
      ASSERT_TRUE(out == expected) << "round " << round << ", " << size << " bytes, swap " << conversion.swap << ", "
                                   << copy.describe();
    });
    if (HasFatalFailure()) return;
  }
}

TEST_P(Copy, MovesRunsOfEveryLength) {
  Rng rng(3);
  for (std::size_t run = 0; run <= 300; ++run) {
    for (const bool swap : {false, true}) {
      const std::size_t unit = swap ? 2 : 1;
      const Conversion conversion{
          .from = swap ? DType::uint16 : DType::uint8, .to = swap ? DType::uint16 : DType::uint8, .swap = swap};
      const auto step = static_cast<std::int64_t>(unit);
      const auto row = static_cast<std::int64_t>(run * unit);
      const std::vector<CopyDim> dims = {{5, row + 3, row + 1, nullptr, nullptr}, {run, step, step, nullptr, nullptr}};
      const Buffer src = random_bytes(rng, 5 * (run * unit + 3));
      Buffer out = random_bytes(rng, 5 * (run * unit + 1));
      Buffer expected = out;
      oracle::copy(src.data(), expected.data(), dims, conversion);
      ASSERT_TRUE(copy_nd(src.data(), out.data(), dims, conversion).ok());
      ASSERT_EQ(out, expected) << "run " << run << ", swap " << swap;
    }
  }
}

TEST_P(Copy, TransposesMatricesOfEveryShapeUpTo70) {
  Rng rng(4);
  for (const DType type : {DType::uint8, DType::uint16, DType::float32, DType::float64, DType::complex128}) {
    for (const bool swap : {false, true}) {
      for (std::size_t rows = 1; rows <= 70; rows += 1 + below(rng, 5)) {
        for (std::size_t columns = 1; columns <= 70; columns += 1 + below(rng, 7)) {
          const std::size_t size = dtype_size(type);
          const auto step = static_cast<std::int64_t>(size);
          const std::vector<CopyDim> dims = {{rows, step * static_cast<std::int64_t>(columns), step, nullptr, nullptr},
                                             {columns, step, step * static_cast<std::int64_t>(rows), nullptr, nullptr}};
          const Conversion conversion{.from = type, .to = type, .swap = swap};
          const Buffer src = random_bytes(rng, rows * columns * size);
          Buffer out(src.size());
          Buffer expected(src.size());
          oracle::copy(src.data(), expected.data(), dims, conversion);
          ASSERT_TRUE(copy_nd(src.data(), out.data(), dims, conversion).ok());
          ASSERT_EQ(out, expected) << rows << " x " << columns << " of " << size << ", swap " << swap;
        }
      }
    }
  }
}

/// Rows far apart are written around the caches, in whole lines wherever the rows begin.
TEST_P(Copy, TransposesAndConvertsIntoRowsFarApart) {
  Rng rng(12);
  for (const DType type : {DType::uint8, DType::int16, DType::float32, DType::float64, DType::complex128}) {
    for (int round = 0; round < 12; ++round) {
      Conversion conversion{.from = type, .to = type, .swap = below(rng, 2) == 0};
      if (round % 3 == 2 && type < DType::complex64) {
        conversion.from = DType::int8;
        conversion.to = type;
        conversion.overflow = Overflow::wrap;
      }
      const auto from_size = static_cast<std::int64_t>(dtype_size(conversion.from));
      const auto to_size = static_cast<std::int64_t>(dtype_size(conversion.to));
      const std::size_t rows = 16 + below(rng, 60);
      const std::size_t columns = 64 + below(rng, 900);
      const std::int64_t pitch =
          (5 << 20) / static_cast<std::int64_t>(rows) + static_cast<std::int64_t>(below(rng, 3) * 21);
      const std::size_t base = below(rng, 2) * below(rng, 64);
      const bool crossed = round % 2 == 0;
      const auto height = static_cast<std::int64_t>(rows);
      const auto width = static_cast<std::int64_t>(columns);
      const std::vector<CopyDim> dims = {
          {rows, crossed ? from_size : from_size * width, pitch, nullptr, nullptr},
          {columns, crossed ? from_size * height : from_size, to_size, nullptr, nullptr}};
      const Buffer src = random_bytes(rng, rows * columns * static_cast<std::size_t>(from_size));
      Buffer out(base + rows * static_cast<std::size_t>(pitch) + columns * 16, std::byte{0x5A});
      Buffer expected = out;
      oracle::copy(src.data(), expected.data() + base, dims, conversion);
      ASSERT_TRUE(copy_nd(src.data(), out.data() + base, dims, conversion).ok());
      ASSERT_TRUE(out == expected) << rows << " x " << columns << ", pitch " << pitch << ", from " << from_size
                                   << " to " << to_size << " bytes, crossed " << crossed;
    }
  }
}

TEST_P(Copy, CopiesRunsOfAnyLengthAndAlignmentIntoRowsFarApart) {
  Rng rng(13);
  for (std::size_t run = 40; run < 700; run += 1 + below(rng, 30)) {
    const std::size_t rows = 40;
    const auto pitch = static_cast<std::int64_t>((5 << 20) / rows + below(rng, 2) * 7);
    const std::size_t base = below(rng, 64);
    const std::vector<CopyDim> dims = {{rows, static_cast<std::int64_t>(run) + 1, pitch, nullptr, nullptr},
                                       {run, 1, 1, nullptr, nullptr}};
    const Buffer src = random_bytes(rng, rows * (run + 1));
    Buffer out(base + rows * static_cast<std::size_t>(pitch), std::byte{0x5A});
    Buffer expected = out;
    oracle::copy(src.data(), expected.data() + base, dims, Conversion{});
    ASSERT_TRUE(copy_nd(src.data(), out.data() + base, dims, Conversion{}).ok());
    ASSERT_TRUE(out == expected) << "run " << run << ", base " << base << ", pitch " << pitch;
  }
}

/// Items of 3, 12 and 24 bytes: runs of a few elements that lie together on both sides.
TEST_P(Copy, TransposesItemsOfAnySizeNearAndFar) {
  Rng rng(14);
  for (std::size_t item = 1; item < 80; ++item) {
    for (const bool far : {false, true}) {
      const std::size_t rows = 16 + below(rng, 40);
      const std::size_t columns = 5 + below(rng, 300);
      const auto bytes = static_cast<std::int64_t>(item);
      const auto pitch = far ? std::int64_t{5 << 20} / static_cast<std::int64_t>(rows) + 5
                             : bytes * static_cast<std::int64_t>(columns) + 1;
      const std::vector<CopyDim> dims = {{columns, bytes * static_cast<std::int64_t>(rows), bytes, nullptr, nullptr},
                                         {rows, bytes, pitch, nullptr, nullptr},
                                         {item, 1, 1, nullptr, nullptr}};
      const Buffer src = random_bytes(rng, rows * columns * item);
      Buffer out(rows * static_cast<std::size_t>(pitch) + columns * item, std::byte{0x5A});
      Buffer expected = out;
      oracle::copy(src.data(), expected.data(), dims, Conversion{});
      ASSERT_TRUE(copy_nd(src.data(), out.data(), dims, Conversion{}).ok());
      ASSERT_TRUE(out == expected) << "item " << item << ", " << rows << " x " << columns << ", pitch " << pitch;
    }
  }
}

TEST_P(Copy, AcceptsStepsAndCountsNearTheLimitsWhereTheyReachNothing) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  const Conversion conversion{.from = DType::uint32, .to = DType::uint32};
  const std::uint32_t value = 0x12345678;
  std::uint32_t out = 0;
  const auto* src = reinterpret_cast<const std::byte*>(&value);
  auto* dst = reinterpret_cast<std::byte*>(&out);
  const std::vector<CopyDim> ones = {{1, kMost, kLeast, nullptr, nullptr}, {1, kLeast, kMost, nullptr, nullptr}};
  ASSERT_TRUE(copy_nd(src, dst, ones, conversion).ok());
  EXPECT_EQ(out, value);
  out = 0;
  const std::vector<CopyDim> none = {{~std::uint64_t{0}, kMost, kMost, nullptr, nullptr}, {0, 4, 4, nullptr, nullptr}};
  ASSERT_TRUE(copy_nd(src, dst, none, conversion).ok());
  EXPECT_EQ(out, 0U);
}

TEST_P(Copy, SwapsBytesInPlaceForEveryUnitCountAndAlignment) {
  Rng rng(8);
  for (const std::size_t unit : {2U, 4U, 8U}) {
    for (std::size_t count = 0; count < 100; ++count) {
      const std::size_t shift = count % 5;
      const Buffer before = random_bytes(rng, shift + count * unit + 7);
      Buffer out = before;
      Buffer expected = before;
      for (std::size_t i = 0; i < count; ++i) {
        auto* at = expected.data() + shift + i * unit;
        std::reverse(at, at + unit);
      }
      byteswap_in_place(out.data() + shift, count, unit);
      ASSERT_EQ(out, expected) << count << " units of " << unit;
    }
  }
}

TEST(CopyByDefinition, FillsExactlyTheBox) {
  Rng rng(9);
  for (int round = 0; round < 800; ++round) {
    const std::size_t element = below(rng, 3) == 0 ? 1 + below(rng, 40) : std::size_t{1} << below(rng, 5);
    const RandomCopy box(rng, random_counts(rng), element, element);
    Buffer value = random_bytes(rng, element);
    if (below(rng, 3) == 0) std::fill(value.begin(), value.end(), value[0]);
    const Buffer before = random_bytes(rng, box.dst.base + box.dst.size);
    Buffer expected = before;
    std::vector<CopyDim> still = box.dims;
    for (CopyDim& dim : still) {
      dim.src_step = 0;
      dim.src_index = nullptr;
    }
    for (std::size_t i = 0; i < element; ++i) {
      oracle::copy(value.data() + i, expected.data() + box.dst.base + i, still, Conversion{});
    }
    with_every_isa([&] {
      Buffer out = before;
      fill_nd(out.data() + box.dst.base, box.dims, value.data(), element);
      ASSERT_TRUE(out == expected) << "round " << round << ", " << element << " bytes, " << box.describe();
    });
    if (HasFatalFailure()) return;
  }
}

TEST_P(Copy, FillsLongRunsWithThePatternWhole) {
  Rng rng(10);
  for (const std::size_t element : {3U, 8U, 16U, 24U, 5000U, 20000U}) {
    for (const std::size_t count : {1U, 2U, 3U, 1000U, 4097U}) {
      const Buffer value = random_bytes(rng, element);
      Buffer out(element * count);
      const std::vector<CopyDim> dims = {{count, 0, static_cast<std::int64_t>(element), nullptr, nullptr}};
      fill_nd(out.data(), dims, value.data(), element);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_TRUE(std::equal(value.begin(), value.end(), out.begin() + static_cast<std::ptrdiff_t>(i * element)))
            << element << " bytes, element " << i;
      }
    }
  }
}

/// Makes NaNs of the box alike where both have one: only their payloads may differ.
void equate_nans(DType type, std::span<const CopyDim> dims, std::byte* out, const std::byte* expected) {
  if (dims.empty()) {
    if (oracle::same(type, out, expected)) std::memcpy(out, expected, dtype_size(type));
    return;
  }
  const CopyDim& dim = dims.front();
  for (std::uint64_t i = 0; i < dim.count; ++i) {
    const auto index = static_cast<std::int64_t>(dim.dst_index != nullptr ? dim.dst_index[i] : i);
    equate_nans(type, dims.subspan(1), out + index * dim.dst_step, expected + index * dim.dst_step);
  }
}

Conversion random_conversion(Rng& rng) {
  Conversion conversion;
  conversion.from = oracle::kRealTypes[below(rng, 12)];
  conversion.to = oracle::kRealTypes[below(rng, 12)];
  if (below(rng, 20) == 0) {
    conversion.from = below(rng, 2) == 0 ? DType::complex64 : DType::complex128;
    conversion.to = conversion.from == DType::complex64 ? DType::complex128 : DType::complex64;
  }
  conversion.swap = below(rng, 2) == 0;
  conversion.overflow = static_cast<Overflow>(below(rng, 3));
  conversion.scaled = conversion.from < DType::complex64 && below(rng, 3) == 0;
  conversion.scale = 0.25;
  conversion.offset = -3;
  return conversion;
}

TEST(CopyByDefinition, ConvertsRandomBoxes) {
  Rng rng(11);
  int failures = 0;
  for (int round = 0; round < 1500; ++round) {
    const Conversion conversion = random_conversion(rng);
    const RandomCopy copy(rng, random_counts(rng), dtype_size(conversion.from), dtype_size(conversion.to));
    Buffer src = random_bytes(rng, copy.src.base + copy.src.size);
    // Few boxes fit if all values are random.
    if (below(rng, 2) == 0) {
      for (auto& b : src) b &= below(rng, 9) == 0 ? std::byte{1} : std::byte{0};
    }
    const Buffer before = random_bytes(rng, copy.dst.base + copy.dst.size);
    Buffer expected = before;
    const bool fits = oracle::copy(src.data() + copy.src.base, expected.data() + copy.dst.base, copy.dims, conversion);
    failures += fits ? 0 : 1;
    with_every_isa([&] {
      Buffer out = before;
      const Status status = copy_nd(src.data() + copy.src.base, out.data() + copy.dst.base, copy.dims, conversion);
      ASSERT_EQ(status.ok(), fits) << "round " << round << ", " << copy.describe();
      if (!fits) {
        ASSERT_EQ(status.error().kind, ErrorKind::conversion);
        return;
      }
      if (out == expected) return;
      equate_nans(conversion.to, copy.dims, out.data() + copy.dst.base, expected.data() + copy.dst.base);
      ASSERT_TRUE(out == expected) << "round " << round << ", " << int(conversion.from) << " to " << int(conversion.to)
                                   << ", " << copy.describe();
    });
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(failures, 100);
  EXPECT_LT(failures, 3000);
}

INSTANTIATE_TEST_SUITE_P(Isas, Copy, testing::ValuesIn(available_isas().begin(), available_isas().end()),
                         [](const auto& variant) { return std::string(isa_name(variant.param)); });

TEST(Copy, RefusesMoreDimensionsThanTheLimit) {
  const std::vector<CopyDim> dims(kMaxRank + 1);
  std::byte byte{1};
  std::byte out{};
  const Status status = copy_nd(&byte, &out, dims, Conversion{});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace posixpar
