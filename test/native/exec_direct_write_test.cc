// Divides runs into aligned middles and edges, copies parts of runs, and writes random boxes with O_DIRECT.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>

#include "native/exec/plan/check.h"
#include "native/exec/write/in_place.h"
#include "native/sys/storage.h"
#include "test/native/write_support.h"

namespace posixpar {
namespace {

using test::Dice;
using test::Selection;

TEST(AlignedMiddle, IsTheLargestAlignedRange) {
  for (const std::uint64_t alignment : {8ULL, 16ULL}) {
    for (std::uint64_t offset = 0; offset < 40; offset++) {
      for (std::uint64_t length = 0; length < 60; length++) {
        const RunRange middle = aligned_middle(offset, length, alignment);
        std::uint64_t first = offset;
        while (first % alignment != 0) first++;
        std::uint64_t last = offset + length;
        while (last % alignment != 0) last--;
        if (first >= last) {
          EXPECT_EQ(middle.begin, length);
          EXPECT_EQ(middle.end, length);
        } else {
          EXPECT_EQ(offset + middle.begin, first);
          EXPECT_EQ(offset + middle.end, last);
        }
      }
    }
  }
}

/// Returns a random box that is contiguous in the file: it contains all indices of all dimensions except the slowest
/// one. Dimensions may be reversed.
Selection random_box(Dice& dice, const std::vector<std::uint64_t>& shape, bool fortran) {
  Selection selection;
  for (std::size_t d = 0; d < shape.size(); d++) {
    const bool is_slowest = d == (fortran ? shape.size() - 1 : 0);
    test::Axis axis(shape[d]);
    std::iota(axis.begin(), axis.end(), std::uint64_t{0});
    if (is_slowest && dice.coin()) {
      const std::uint64_t first = dice.below(shape[d]);
      const std::uint64_t count = 1 + dice.below(shape[d] - first);
      axis.assign(axis.begin() + static_cast<std::ptrdiff_t>(first),
                  axis.begin() + static_cast<std::ptrdiff_t>(first + count));
    }
    if (dice.below(4) == 0) std::reverse(axis.begin(), axis.end());
    selection.axes.push_back(std::move(axis));
    selection.lists.push_back(false);
  }
  return selection;
}

TEST(CopyOfARunPart, EqualsThePartOfTheRun) {
  const unsigned seed = std::random_device{}();
  Dice dice(seed);
  for (int round = 0; round < 1000; round++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    std::vector<std::uint64_t> shape(1 + dice.below(4));
    for (auto& length : shape) length = 1 + dice.below(6);
    const Selection selection = test::random_selection(dice, shape);
    PlanLayer layer = test::layer_of(shape, shape, selection, dice.coin());
    layer.stored = DType::uint32;
    std::vector<std::uint16_t> source(selection.elements());
    for (auto& value : source) value = static_cast<std::uint16_t>(dice.below(1 << 16));
    ChunkGeometry geometry(layer, 2);
    geometry.seek(0);
    const FileRuns runs(geometry, 2, std::numeric_limits<std::uint64_t>::max());
    Conversion conversion;
    conversion.from = DType::uint16;
    conversion.to = DType::uint32;
    const auto* bytes = reinterpret_cast<const std::byte*>(source.data());
    for (std::uint64_t r = 0; r < runs.count(); r++) {
      const FileRun run = runs.at(r);
      std::vector<std::byte> whole(run.length);
      ASSERT_TRUE(copy_nd(bytes + run.from, whole.data(), run.copy_dims(), conversion).ok());
      const std::uint64_t begin = 4 * dice.below(run.length / 4 + 1);
      const std::uint64_t end = begin + 4 * dice.below((run.length - begin) / 4 + 1);
      std::vector<std::byte> part(end - begin + 1, std::byte{0xee});
      ASSERT_TRUE(copy_run_part(run, bytes, begin, end, conversion, part.data()).ok());
      ASSERT_TRUE(std::equal(part.begin(), part.end() - 1, whole.begin() + static_cast<std::ptrdiff_t>(begin)));
      ASSERT_EQ(part.back(), std::byte{0xee});
    }
  }
}

/// A file with an array between a header and other bytes, and its expected content.
class DirectWrite : public testing::Test {
 protected:
  struct Outcome {
    std::optional<Error> error;
    std::array<double, kWriteStatWords> stats{};
  };

  /// Writes a random box with the given faults and applies the same write to `expected_`.
  Outcome write_random(Dice& dice, const std::vector<sys::FaultPlan>& plans) {
    std::vector<std::uint64_t> shape(1 + dice.below(3));
    for (auto& length : shape) length = 1 + dice.below(shape.size() == 1 ? 60'000 : shape.size() == 2 ? 250 : 40);
    const bool fortran = dice.coin();
    const Selection selection = random_box(dice, shape, fortran);
    const bool is_wide = dice.coin();
    const bool swap = dice.coin();
    const std::uint64_t size = is_wide ? 4 : 2;
    // Some headers put elements across the ends of blocks. Such arrays are written through the page cache.
    const std::uint64_t header = dice.below(4) == 0 ? 1 + 2 * dice.below(100) : 128 * dice.below(40);
    std::uint64_t elements = 1;
    for (const std::uint64_t length : shape) elements *= length;
    const std::uint64_t bytes = header + elements * size + 10;
    path_ = test::write_file(folder_ / "array", bytes);
    expected_ = test::pattern(bytes);
    source_.resize(selection.elements());
    for (auto& value : source_) value = static_cast<std::uint16_t>(dice.below(1 << 16));
    test::for_each_element(selection, [&](const auto& at, std::uint64_t i) {
      const auto value = static_cast<std::uint32_t>(source_[i]);
      std::vector<char> stored(size);
      std::memcpy(stored.data(), &value, size);
      if (swap) std::reverse(stored.begin(), stored.end());
      const std::uint64_t to = header + size * test::element_number(at, shape, fortran);
      std::copy(stored.begin(), stored.end(), expected_.begin() + static_cast<std::ptrdiff_t>(to));
    });
    Plan plan;
    plan.out_type = DType::uint16;
    plan.elements = selection.elements();
    PlanLayer layer = test::layer_of(shape, shape, selection, fortran);
    layer.stored = is_wide ? DType::uint32 : DType::uint16;
    layer.swap = swap;
    layer.where.kind = Locations::Kind::open_file;
    layer.where.file = test::open_writable(path_);
    layer.where.offsets = {static_cast<double>(header)};
    layer.where.lengths = {static_cast<double>(elements * size)};
    plan.layers.push_back(std::move(layer));
    EXPECT_TRUE(check_layer(plan.layers[0], plan.elements).ok());
    WriteSettings settings;
    settings.durability = Durability::none;
    settings.direct_alignment = 512;
    EXPECT_TRUE(Write::check_writable(plan, settings).ok());
    const auto write =
        std::make_shared<Write>(std::move(plan), settings, reinterpret_cast<const std::byte*>(source_.data()));
    const test::Faults faults(plans);
    Outcome outcome;
    outcome.error = test::run(write);
    write->stats(outcome.stats);
    return outcome;
  }

  test::TempDir folder_;
  std::string path_;
  std::vector<char> expected_;
  std::vector<std::uint16_t> source_;
};

constexpr auto kForEver = std::uint64_t{0};

TEST_F(DirectWrite, ChangesOnlyTheSelectedBytes) {
  const unsigned seed = std::random_device{}();
  Dice dice(seed);
  using sys::FaultAction;
  using sys::Op;
  const std::vector<std::vector<sys::FaultPlan>> faults = {
      {},
      // Short writes: of one block, and of a length that the file system refuses for O_DIRECT.
      {{.op = Op::pwrite, .times = kForEver, .action = FaultAction::shorten, .value = 4096}},
      {{.op = Op::pwrite, .times = kForEver, .action = FaultAction::shorten, .value = 5000}},
      {{.op = Op::pwrite, .times = 3, .action = FaultAction::eintr}},
  };
  double direct = 0;
  for (int round = 0; round < 300; round++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    const auto& plans = faults[dice.below(faults.size())];
    const Outcome outcome = write_random(dice, plans);
    ASSERT_FALSE(outcome.error) << outcome.error->message;
    ASSERT_EQ(test::content(path_), expected_);
    ASSERT_EQ(outcome.stats[kBytesTaken], static_cast<double>(2 * source_.size()));
    ASSERT_LE(outcome.stats[kBytesWrittenDirect], outcome.stats[kBytesWritten]);
    if (outcome.stats[kDirectErrno] != 0 && plans.empty()) GTEST_SKIP() << "the file system refuses O_DIRECT";
    direct += outcome.stats[kBytesWrittenDirect];
  }
  EXPECT_GT(direct, 100'000) << "seed " << seed;
}

TEST_F(DirectWrite, GoesThroughThePageCacheIfItIsRefused) {
  const unsigned seed = std::random_device{}();
  Dice dice(seed);
  for (int round = 0; round < 60; round++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    const sys::Op op = dice.coin() ? sys::Op::reopen : sys::Op::pwrite;
    // Opens fail with EMFILE, because after EINVAL, later opens on the same device would skip O_DIRECT
    // (sys::refuse_direct()).
    const std::uint64_t code = op == sys::Op::reopen ? EMFILE : EINVAL;
    const Outcome outcome = write_random(dice, {{.op = op, .times = 1, .value = code}});
    if (outcome.error) {
      // The fault was applied to a write through the page cache, for which EINVAL is an error.
      ASSERT_EQ(op, sys::Op::pwrite);
      continue;
    }
    ASSERT_EQ(test::content(path_), expected_);
    if (outcome.stats[kDirectErrno] != 0) {
      ASSERT_EQ(outcome.stats[kDirectErrno], static_cast<double>(code));
    }
  }
}

TEST_F(DirectWrite, ReportsErrorsWithTheRange) {
  const unsigned seed = std::random_device{}();
  Dice dice(seed);
  int failures = 0;
  for (int round = 0; round < 100; round++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    const std::uint64_t code = std::array<std::uint64_t, 4>{ENOSPC, EDQUOT, EIO, EFBIG}[dice.below(4)];
    const sys::FaultPlan fault{.op = sys::Op::pwrite, .skip = dice.below(2), .times = kForEver, .value = code};
    const Outcome outcome = write_random(dice, {fault});
    if (!outcome.error) continue;
    failures++;
    ASSERT_EQ(outcome.error->sys_errno, static_cast<int>(code));
    ASSERT_EQ(outcome.error->path, path_);
    ASSERT_GT(outcome.error->length, 0U);
    ASSERT_LE(outcome.error->offset + outcome.error->length, expected_.size());
    // Each byte has its old or its new value. Bytes outside the selection have equal old and new values.
    const std::vector<char> found = test::content(path_);
    const std::vector<char> before = test::pattern(expected_.size());
    for (std::size_t i = 0; i < found.size(); i++) ASSERT_TRUE(found[i] == before[i] || found[i] == expected_[i]) << i;
  }
  EXPECT_GT(failures, 30) << "seed " << seed;
}

TEST_F(DirectWrite, IsSeenByReadersOfThePageCacheAndOfMappings) {
  const std::string path = test::write_file(folder_ / "mapped", 1 << 16);
  const auto reader = test::open_writable(path);
  auto mapping = reader->mapping();
  ASSERT_TRUE(mapping.ok());
  const auto* mapped = static_cast<const std::byte*>((*mapping)->address());
  ASSERT_EQ(mapped[5000], test::expected_byte(5000));
  // Dirty pages of the same range must not overwrite the direct write later.
  std::uint64_t calls = 0;
  const std::vector<std::byte> dirty(1 << 16, std::byte{1});
  ASSERT_TRUE(sys::pwrite_full(reader->fd(), dirty.data(), dirty.size(), 0, path, calls).ok());
  Selection selection{{test::Axis(1 << 15)}, {false}};
  std::iota(selection.axes[0].begin(), selection.axes[0].end(), std::uint64_t{0});
  PlanLayer layer = test::layer_of({1 << 15}, {1 << 15}, selection, false);
  layer.stored = DType::uint16;
  layer.where.kind = Locations::Kind::open_file;
  layer.where.file = test::open_writable(path);
  layer.where.offsets = {0};
  layer.where.lengths = {1 << 16};
  Plan plan;
  plan.out_type = DType::uint16;
  plan.elements = 1 << 15;
  plan.layers.push_back(std::move(layer));
  WriteSettings settings;
  settings.direct_alignment = 4096;
  settings.durability = Durability::data;
  const std::vector<std::uint16_t> source(1 << 15, 0x0707);
  ASSERT_FALSE(
      test::run(std::make_shared<Write>(std::move(plan), settings, reinterpret_cast<const std::byte*>(source.data()))));
  const std::vector<char> expected(1 << 16, 7);
  EXPECT_EQ(test::content(path), expected);
  EXPECT_TRUE(std::all_of(mapped, mapped + (1 << 16), [](std::byte byte) { return byte == std::byte{7}; }));
}

}  // namespace
}  // namespace posixpar
