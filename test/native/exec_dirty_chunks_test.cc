// Writes random boxes into a chunk cache of random size, and compares the stored chunks with a model.
#include <gtest/gtest.h>

#include <cerrno>

#include "native/exec/write/cache_flush.h"
#include "native/exec/write/write.h"
#include "test/native/write_support.h"

namespace posixpar {
namespace {

using test::Dice;
using test::Selection;

/// An array of uncompressed chunk files.
class CachedChunks : public testing::Test {
 protected:
  static constexpr std::uint64_t kChunkBytes = 4 * 5 * 2;

  [[nodiscard]] PlanLayer layer(const Selection& selection) const {
    PlanLayer layer = test::layer_of(shape_, chunk_, selection, false);
    layer.stored = DType::uint16;
    layer.where.kind = Locations::Kind::names;
    layer.where.directory = sys::Directory::open(folder_.path()).value();
    layer.where.name.literals = {"c/", "/", ""};
    layer.where.name.fields = {{0, 0}, {1, 0}};
    return layer;
  }

  std::optional<Error> write(const std::shared_ptr<DirtyChunks>& cache, const Selection& selection,
                             const std::vector<std::uint16_t>& source, DType from = DType::uint16) {
    Plan plan;
    plan.out_type = from;
    plan.elements = selection.elements();
    plan.layers.push_back(layer(selection));
    WriteSettings settings;
    settings.durability = Durability::none;
    EXPECT_TRUE(Write::check_writable(plan, settings).ok());
    return test::run(
        std::make_shared<Write>(std::move(plan), settings, reinterpret_cast<const std::byte*>(source.data()), cache));
  }

  std::optional<Error> write_random(Dice& dice, const std::shared_ptr<DirtyChunks>& cache,
                                    std::vector<std::uint16_t>& model) {
    const Selection selection = test::random_selection(dice, shape_);
    std::vector<std::uint16_t> source(selection.elements());
    for (auto& value : source) value = static_cast<std::uint16_t>(dice.below(1 << 16));
    auto error = write(cache, selection, source);
    if (error) return error;
    test::for_each_element(selection,
                           [&](const auto& at, std::uint64_t i) { model[at[0] * shape_[1] + at[1]] = source[i]; });
    return {};
  }

  static std::optional<Error> flush(const std::shared_ptr<DirtyChunks>& cache,
                                    const std::vector<CoordinateRange>& ranges = {}) {
    return test::run(std::make_shared<CacheFlush>(cache, ranges));
  }

  [[nodiscard]] std::string path_of(std::uint64_t row, std::uint64_t column) const {
    return folder_ / ("c/" + std::to_string(row) + "/" + std::to_string(column));
  }

  /// Elements of all stored chunks; 0 for chunks that are not stored.
  [[nodiscard]] std::vector<std::uint16_t> stored() const {
    std::vector<std::uint16_t> all(shape_[0] * shape_[1]);
    for (std::uint64_t i = 0; i < all.size(); i++) {
      const std::uint64_t row = i / shape_[1];
      const std::uint64_t column = i % shape_[1];
      const std::string path = path_of(row / chunk_[0], column / chunk_[1]);
      if (!std::filesystem::exists(path)) continue;
      const std::vector<char> bytes = test::content(path);
      std::memcpy(&all[i], bytes.data() + 2 * (row % chunk_[0] * chunk_[1] + column % chunk_[1]), 2);
    }
    return all;
  }

  const std::vector<std::uint64_t> shape_{11, 13};  // 3 × 3 chunks.
  const std::vector<std::uint64_t> chunk_{4, 5};
  test::TempDir folder_;
};

Selection block(std::uint64_t first_row, std::uint64_t rows, std::uint64_t first_column, std::uint64_t columns) {
  Selection selection{{{}, {}}, {false, false}};
  for (std::uint64_t i = 0; i < rows; i++) selection.axes[0].push_back(first_row + i);
  for (std::uint64_t i = 0; i < columns; i++) selection.axes[1].push_back(first_column + i);
  return selection;
}

TEST_F(CachedChunks, EqualAModelAfterAFlush) {
  const unsigned seed = std::random_device{}();
  Dice dice(seed);
  for (int round = 0; round < 40; round++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    std::filesystem::remove_all(folder_ / "c");
    std::vector<std::uint16_t> model(shape_[0] * shape_[1]);
    const auto cache = std::make_shared<DirtyChunks>(kChunkBytes * (1 + dice.below(11)));
    for (int i = 0; i < 12; i++) {
      const auto error = write_random(dice, cache, model);
      ASSERT_FALSE(error) << error->message;
      if (dice.below(4) != 0) continue;
      ASSERT_FALSE(flush(cache));
      ASSERT_EQ(stored(), model);
      ASSERT_TRUE(cache->dirty_files({}).empty());
    }
    ASSERT_FALSE(flush(cache));
    ASSERT_EQ(stored(), model);
  }
}

TEST_F(CachedChunks, AreStoredOnlyWhenTheyAreFlushedOrEvicted) {
  const auto cache = std::make_shared<DirtyChunks>(2 * kChunkBytes);
  ASSERT_FALSE(write(cache, block(0, 4, 0, 5), std::vector<std::uint16_t>(20, 1)));
  ASSERT_FALSE(write(cache, block(0, 4, 5, 5), std::vector<std::uint16_t>(20, 2)));
  EXPECT_FALSE(std::filesystem::exists(path_of(0, 0)));
  EXPECT_EQ(cache->used_bytes(), 2 * kChunkBytes);
  // Uses the first chunk again. So the write of a third chunk evicts the second one.
  ASSERT_FALSE(write(cache, block(1, 1, 1, 1), {7}));
  ASSERT_FALSE(write(cache, block(4, 4, 0, 5), std::vector<std::uint16_t>(20, 3)));
  EXPECT_FALSE(std::filesystem::exists(path_of(0, 0)));
  EXPECT_TRUE(std::filesystem::exists(path_of(0, 1)));
  EXPECT_EQ(cache->used_bytes(), 2 * kChunkBytes);
  // A flush of a range stores only its chunks.
  ASSERT_FALSE(flush(cache, {{1, 2}, {0, 2}}));
  EXPECT_FALSE(std::filesystem::exists(path_of(0, 0)));
  EXPECT_TRUE(std::filesystem::exists(path_of(1, 0)));
  ASSERT_FALSE(flush(cache));
  EXPECT_EQ(stored()[13 + 1], 7);
}

TEST_F(CachedChunks, StayDirtyIfTheyCannotBeStored) {
  const unsigned seed = std::random_device{}();
  Dice dice(seed);
  int failures = 0;
  for (const sys::Op op : {sys::Op::create, sys::Op::pwrite, sys::Op::rename}) {
    for (std::uint64_t skip = 0; skip < 6; skip++) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", skip " + std::to_string(skip));
      std::filesystem::remove_all(folder_ / "c");
      std::vector<std::uint16_t> model(shape_[0] * shape_[1]);
      const auto cache = std::make_shared<DirtyChunks>(100 * kChunkBytes);
      for (int i = 0; i < 6; i++) ASSERT_FALSE(write_random(dice, cache, model));
      {
        const test::Faults faults({{.op = op, .skip = skip, .times = 0, .value = ENOSPC}});
        const auto error = flush(cache);
        if (error) {
          failures++;
          EXPECT_EQ(error->sys_errno, ENOSPC);
          EXPECT_FALSE(cache->dirty_files({}).empty());
        }
      }
      ASSERT_FALSE(flush(cache));
      ASSERT_EQ(stored(), model);
    }
  }
  EXPECT_GT(failures, 5);
}

TEST_F(CachedChunks, KeepDirtyChunksIfAnEvictionFails) {
  const auto cache = std::make_shared<DirtyChunks>(kChunkBytes);
  ASSERT_FALSE(write(cache, block(0, 4, 0, 5), std::vector<std::uint16_t>(20, 1)));
  {
    const test::Faults faults({{.op = sys::Op::pwrite, .times = 0, .value = ENOSPC}});
    const auto error = write(cache, block(4, 4, 0, 5), std::vector<std::uint16_t>(20, 2));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->sys_errno, ENOSPC);
    EXPECT_EQ(error->path, path_of(0, 0));
    EXPECT_EQ(cache->used_bytes(), kChunkBytes);
  }
  ASSERT_FALSE(flush(cache));
  EXPECT_TRUE(std::filesystem::exists(path_of(0, 0)));
  EXPECT_FALSE(std::filesystem::exists(path_of(1, 0)));
}

TEST_F(CachedChunks, AreUnchangedIfAValueDoesNotFit) {
  const auto cache = std::make_shared<DirtyChunks>(100 * kChunkBytes);
  ASSERT_FALSE(write(cache, block(0, 4, 0, 5), std::vector<std::uint16_t>(20, 1)));
  // As int16, the last value is negative.
  std::vector<std::uint16_t> source(20, 2);
  source.back() = 0xffff;
  for (const std::uint64_t row : {0, 4}) {
    const auto error = write(cache, block(row, 4, 0, 5), source, DType::int16);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind, ErrorKind::conversion);
  }
  EXPECT_EQ(cache->used_bytes(), kChunkBytes);
  ASSERT_FALSE(flush(cache));
  EXPECT_FALSE(std::filesystem::exists(path_of(1, 0)));
  for (std::uint64_t i = 0; i < 4; i++) EXPECT_EQ(stored()[13 * i], 1);
}

}  // namespace
}  // namespace posixpar
