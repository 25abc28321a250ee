#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "native/exec/write/shard_layout.h"

namespace posixpar {
namespace {

/// Returns the layout of a shard of 2 × 3 chunks. If `interleaved`, the index stores each offset next to its length.
/// Otherwise it stores all offsets before all lengths.
ShardLayout layout_of(bool interleaved, bool big_endian, bool has_checksum) {
  ShardLayout layout;
  layout.big_endian = big_endian;
  layout.has_checksum = has_checksum;
  layout.length_stride = interleaved ? 1 : 6;
  layout.dims =
      interleaved ? std::vector<ShardLayout::Dim>{{2, 6}, {3, 2}} : std::vector<ShardLayout::Dim>{{2, 3}, {3, 1}};
  return layout;
}

TEST(ShardLayoutTest, DecodesTheIndexThatItEncodes) {
  std::mt19937_64 random(20261128);
  for (const bool interleaved : {false, true}) {
    for (const bool big_endian : {false, true}) {
      for (const bool has_checksum : {false, true}) {
        const ShardLayout layout = layout_of(interleaved, big_endian, has_checksum);
        ASSERT_TRUE(layout.check().ok());
        ShardIndex index(layout);
        for (std::uint64_t chunk = 0; chunk < 6; chunk++) {
          if (random() % 3 != 0) index.set(chunk, {chunk * 100, random() % 100});
        }
        const auto stored = index.encode();
        ASSERT_EQ(stored.size(), layout.index_bytes());
        const auto again = ShardIndex::decode(layout, stored, 600);
        ASSERT_TRUE(again.ok());
        for (std::uint64_t chunk = 0; chunk < 6; chunk++) {
          const auto expected = index.find(chunk);
          const auto found = again->find(chunk);
          ASSERT_EQ(expected.has_value(), found.has_value());
          if (!expected) continue;
          EXPECT_EQ(expected->offset, found->offset);
          EXPECT_EQ(expected->length, found->length);
        }
      }
    }
  }
}

TEST(ShardLayoutTest, RefusesDamagedIndexes) {
  const ShardLayout layout = layout_of(true, false, true);
  ShardIndex index(layout);
  index.set(2, {10, 90});
  const auto good = index.encode();
  for (std::size_t byte = 0; byte < good.size(); byte++) {
    auto bad = good;
    bad[byte] ^= std::byte{4};
    EXPECT_FALSE(ShardIndex::decode(layout, bad, 100).ok()) << byte;
  }
  EXPECT_TRUE(ShardIndex::decode(layout, good, 100).ok());
  EXPECT_FALSE(ShardIndex::decode(layout, good, 99).ok());
  EXPECT_FALSE(ShardIndex::decode(layout, Bytes(good).first(50), 100).ok());
  index.set(3, {10, 90});
  EXPECT_FALSE(ShardIndex::decode(layout, index.encode(), 100).ok()) << "chunks that overlap";
  index.set(3, {~std::uint64_t{0} - 5, 90});
  EXPECT_FALSE(ShardIndex::decode(layout, index.encode(), 100).ok()) << "offset + length overflows";
}

TEST(ShardLayoutTest, RefusesStridesThatCollide) {
  ShardLayout layout = layout_of(true, false, true);
  layout.dims[0].stride = 4;
  EXPECT_FALSE(layout.check().ok());
  layout = layout_of(true, false, true);
  layout.length_stride = 100;
  EXPECT_FALSE(layout.check().ok());
}

}  // namespace
}  // namespace posixpar
