// Evicts a shard from the cache between two accesses of one write, and checks that the write keeps earlier changes.
#include <gtest/gtest.h>

#include "native/exec/write/cache_flush.h"
#include "native/exec/write/cached_shard.h"
#include "test/native/write_support.h"

namespace posixpar {
namespace {

using test::Selection;

/// An array of 8 elements of 2 bytes: 2 shards of 2 chunks of 2 elements.
class CachedShards : public testing::Test {
 protected:
  CachedShards() {
    settings_.durability = Durability::none;
    settings_.shards.emplace();
    settings_.shards->dims = {{.count = 2, .stride = 2}};
    plan_.out_type = DType::uint16;
  }

  [[nodiscard]] PlanLayer layer(const Selection& selection) const {
    PlanLayer layer = test::layer_of({8}, {2}, selection, false);
    layer.stored = DType::uint16;
    layer.where.kind = Locations::Kind::names;
    layer.where.directory = sys::Directory::open(folder_.path()).value();
    layer.where.name.literals = {"s", ""};
    layer.where.name.fields = {{0, 0}};
    return layer;
  }

  /// Makes the cache evict shard 0, because shard 1 needs all its memory.
  void evict_first_shard(DirtyChunks& cache, const WriteContext& context) const {
    ASSERT_TRUE(cache.take({"s1", {1}}, 0, kLimit, context).ok());
    ASSERT_TRUE(std::filesystem::exists(folder_ / "s0"));
    ASSERT_EQ(cache.used_bytes(), 0);
  }

  static constexpr std::uint64_t kLimit = 8;  // Two chunks.
  test::TempDir folder_;
  WriteSettings settings_;
  Plan plan_;
  WriteCounters counters_;
};

TEST_F(CachedShards, KeepEarlierChangesIfTheShardIsEvictedDuringAWrite) {
  const auto cache = std::make_shared<DirtyChunks>(kLimit);
  const PlanLayer grid = layer({{{1, 3}}, {false}});
  cache->attach(grid, settings_);

  const std::uint16_t earlier = 7;
  const PlanLayer second = layer({{{2}}, {false}});
  const WriteContext before{plan_, settings_, reinterpret_cast<const std::byte*>(&earlier), counters_, {}};
  ShardFile earlier_shard(second, *settings_.shards, "s0", 1, false);
  ChunkGeometry at_second(second, 2);
  at_second.seek(0);
  ChangedDirectories changed;
  ASSERT_TRUE(cache_shard_chunk(at_second, earlier_shard, *cache, changed, before).ok());

  const std::uint16_t source[] = {8, 9};
  const WriteContext context{plan_, settings_, reinterpret_cast<const std::byte*>(source), counters_, {}};
  ShardFile shard(grid, *settings_.shards, "s0", 2, false);
  ChunkGeometry geometry(grid, 2);
  geometry.seek(0);
  ASSERT_TRUE(cache_shard_chunk(geometry, shard, *cache, changed, context).ok());
  evict_first_shard(*cache, context);
  geometry.seek(1);
  ASSERT_TRUE(cache_shard_chunk(geometry, shard, *cache, changed, context).ok());
  ASSERT_FALSE(test::run(std::make_shared<CacheFlush>(cache, std::vector<CoordinateRange>{})));

  const std::vector<char> stored = test::content(folder_ / "s0");
  std::uint16_t elements[4];
  ASSERT_GE(stored.size(), sizeof(elements));
  std::memcpy(elements, stored.data(), sizeof(elements));
  EXPECT_EQ(elements[1], 8);
  EXPECT_EQ(elements[2], 7);
  EXPECT_EQ(elements[3], 9);
}

}  // namespace
}  // namespace posixpar
