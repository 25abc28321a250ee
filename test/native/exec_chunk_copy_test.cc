// Copies stored chunks of one file to chunk files (native/exec/write/chunk_copy.h), and compares every byte.
#include <gtest/gtest.h>

#include <cerrno>

#include "native/exec/write/chunk_copy.h"
#include "test/native/write_support.h"

namespace posixpar {
namespace {

using test::Axis;
using test::Selection;

/// A source file with 3 chunks of 1,000 bytes after a header of 100 bytes, and a directory for the copies.
class CopiedChunks : public testing::Test {
 protected:
  static constexpr std::uint64_t kChunks = 3;
  static constexpr std::uint64_t kBytes = 1000;
  static constexpr std::uint64_t kHeader = 100;

  void SetUp() override { test::write_file(source(), kHeader + kChunks * kBytes); }

  [[nodiscard]] std::string source() const { return folder_ / "source"; }
  [[nodiscard]] std::string copy_of(std::uint64_t chunk) const { return folder_ / ("c/" + std::to_string(chunk)); }

  /// A plan whose layer selects all elements. Its locations are not set.
  static Plan plan(std::uint64_t chunks = kChunks, std::uint64_t bytes = kBytes) {
    Axis axis(chunks * bytes);
    std::iota(axis.begin(), axis.end(), std::uint64_t{0});
    const Selection all{{axis}, {false}};
    Plan plan;
    plan.out_type = DType::uint8;
    plan.elements = axis.size();
    plan.layers.push_back(test::layer_of({axis.size()}, {bytes}, all, false));
    plan.layers[0].stored = DType::uint8;
    return plan;
  }

  [[nodiscard]] Plan from() const {
    Plan made = plan();
    Locations& where = made.layers[0].where;
    where.kind = Locations::Kind::open_file;
    where.file = test::open_writable(source());
    for (std::uint64_t c = 0; c < kChunks; c++) {
      where.offsets.push_back(static_cast<double>(kHeader + c * kBytes));
      where.lengths.push_back(static_cast<double>(kBytes));
    }
    return made;
  }

  [[nodiscard]] Plan to() const {
    Plan made = plan();
    Locations& where = made.layers[0].where;
    where.kind = Locations::Kind::names;
    where.directory = sys::Directory::open(folder_.path()).value();
    where.name.literals = {"c/", ""};
    where.name.fields = {{0, 0}};
    return made;
  }

  static std::shared_ptr<Write> write_of(Plan from, Plan to) {
    EXPECT_TRUE(ChunkCopy::check(from, to).ok());
    WriteSettings settings;
    settings.durability = Durability::data;
    return std::make_shared<Write>(std::move(to), std::move(settings),
                                   std::make_unique<ChunkCopy>(std::move(from), std::nullopt));
  }

  /// Bytes of a chunk in the source.
  static std::vector<char> expected(std::uint64_t chunk) {
    const std::vector<char> all = test::pattern(kHeader + kChunks * kBytes);
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(kHeader + chunk * kBytes);
    return {begin, begin + static_cast<std::ptrdiff_t>(kBytes)};
  }

  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      count += entry.is_regular_file() && entry.path() != source() ? 1 : 0;
    }
    return count;
  }

  test::TempDir folder_;
};

TEST_F(CopiedChunks, EqualTheSourceHoweverTheKernelCopies) {
  const std::vector<std::vector<sys::FaultPlan>> ways = {
      {},
      {{.op = sys::Op::copy_range, .times = 0, .value = EXDEV}},                                   // Refused.
      {{.op = sys::Op::copy_range, .times = 0, .action = sys::FaultAction::shorten, .value = 7}},  // Short copies.
      {{.op = sys::Op::copy_range, .times = 0, .action = sys::FaultAction::end}},                  // Copies nothing.
      {{.op = sys::Op::copy_range, .skip = 1, .times = 1, .value = EIO}},                          // Fails once.
      {{.op = sys::Op::copy_range, .times = 0, .value = ENOSYS},
       {.op = sys::Op::pwrite, .times = 0, .action = sys::FaultAction::shorten, .value = 333}},
  };
  for (std::size_t w = 0; w < ways.size(); w++) {
    SCOPED_TRACE(w);
    std::filesystem::remove_all(folder_ / "c");
    const test::Faults faults(ways[w]);
    const auto error = test::run(write_of(from(), to()));
    ASSERT_FALSE(error) << error->message;
    for (std::uint64_t c = 0; c < kChunks; c++) EXPECT_EQ(test::content(copy_of(c)), expected(c));
    EXPECT_EQ(files(), kChunks);
  }
}

TEST_F(CopiedChunks, AreRemovedIfTheSourceHasNoSuchChunk) {
  ASSERT_FALSE(test::run(write_of(from(), to())));
  Plan sparse = from();
  sparse.layers[0].where.offsets[1] = -1;
  const auto write = write_of(std::move(sparse), to());
  ASSERT_FALSE(test::run(write));
  EXPECT_EQ(files(), kChunks - 1);
  EXPECT_FALSE(std::filesystem::exists(copy_of(1)));
  std::vector<double> words(kWriteStatWords);
  write->stats(words);
  EXPECT_EQ(words[kChunksOmitted], 1);
  EXPECT_EQ(words[kChunksWritten], static_cast<double>(kChunks - 1));
  EXPECT_EQ(words[kBytesWritten], static_cast<double>((kChunks - 1) * kBytes));
}

TEST_F(CopiedChunks, StayAsTheyWereIfTheSourceIsTooShort) {
  ASSERT_FALSE(test::run(write_of(from(), to())));
  const std::vector<char> old = test::content(copy_of(2));
  Plan plan = from();
  std::filesystem::resize_file(source(), kHeader + 2 * kBytes + 10);
  const auto error = test::run(write_of(std::move(plan), to()));
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->kind == ErrorKind::eof || error->kind == ErrorKind::changed) << error->message;
  EXPECT_EQ(error->path, source());
  EXPECT_EQ(test::content(copy_of(2)), old);
  EXPECT_EQ(files(), kChunks);
}

TEST_F(CopiedChunks, StayAsTheyWereIfTheyCannotBeWritten) {
  for (const sys::Op op : {sys::Op::create, sys::Op::sync, sys::Op::rename}) {
    std::filesystem::remove_all(folder_ / "c");
    const auto write = write_of(from(), to());
    const test::Faults faults({{.op = op, .times = 0, .value = ENOSPC}});
    const auto error = test::run(write);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->sys_errno, ENOSPC);
    EXPECT_EQ(files(), 0U);
  }
}

TEST_F(CopiedChunks, AreRefusedForAnotherGrid) {
  Plan target = to();
  EXPECT_FALSE(ChunkCopy::check(plan(kChunks + 1, kBytes), target).ok());
  EXPECT_FALSE(ChunkCopy::check(plan(kChunks, kBytes + 1), target).ok());
  // Chunks of an open file cannot be replaced.
  EXPECT_FALSE(ChunkCopy::check(from(), from()).ok());
}

}  // namespace
}  // namespace posixpar
