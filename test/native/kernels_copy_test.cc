#include "native/kernels/copy_run.h"
#include "test/native/kernels_boxes.h"
#include "test/native/kernels_oracle.h"

namespace posixpar {
namespace {

using boxes::below;
using boxes::Buffer;
using boxes::random_bytes;
using boxes::Rng;

class Copy : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { ASSERT_TRUE(set_active_isa(GetParam())); }
  void TearDown() override { set_active_isa(available_isas().back()); }
};

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

TEST_P(Copy, CopiesRunsToEveryAlignmentAndWritesNothingElse) {
  Rng rng(5);
  for (const std::size_t bytes : {0U, 1U, 63U, 2047U, 2048U, 2049U, 4096U, 70001U, (1U << 20) - 1, 1U << 20}) {
    const Buffer src = random_bytes(rng, bytes + 80);
    const Buffer before = random_bytes(rng, bytes + 160);
    for (std::size_t at = 0; at<70; at += bytes> 4096 ? 16 : 1) {
      const std::size_t from = below(rng, 80);
      Buffer out = before;
      Buffer expected = before;
      std::copy_n(src.begin() + static_cast<std::ptrdiff_t>(from), bytes,
                  expected.begin() + static_cast<std::ptrdiff_t>(at));
      copy_run(src.data() + from, out.data() + at, bytes);
      ASSERT_EQ(out, expected) << bytes << " bytes from " << from << " to " << at;
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

/// Rows that are far apart are written with streaming stores, in whole cache lines, at any row alignment.
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

/// An item is a short run of bytes that is contiguous in both the source and the destination, such as a pixel of 3
/// bytes.
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

TEST_P(Copy, AcceptsUnusedStepsAndCountsNearTheLimits) {
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

TEST_P(Copy, FillsLongRunsWithWholePatterns) {
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
