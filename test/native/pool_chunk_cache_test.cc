#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "native/pool/chunk_cache.h"

namespace posixpar::pool {
namespace {

using Found = ChunkCache::Found;
using WhenBusy = ChunkCache::WhenBusy;

constexpr std::size_t kChunkBytes = 4096;

/// Returns the key of chunk number `number` of a file.
ChunkKey key_of(std::uint64_t number, std::uint64_t inode = 1, std::size_t bytes = kChunkBytes) {
  static const auto codecs = std::make_shared<const std::string>("codecs");
  return {.device = 1, .inode = inode, .offset = number * kChunkBytes, .decoded_bytes = bytes, .codecs = codecs};
}

std::vector<Found> look_up(ChunkCache& cache, std::vector<ChunkKey> keys, WhenBusy when_busy = WhenBusy::not_found) {
  std::vector<Found> found;
  EXPECT_EQ(cache.look_up(keys, when_busy, found), nullptr);
  EXPECT_EQ(found.size(), keys.size());
  return found;
}

/// Claims a chunk and inserts it, filled with `value`. \returns false if the cache did not permit it.
bool insert(ChunkCache& cache, const ChunkKey& key, int value) {
  auto found = look_up(cache, {key});
  if (!found[0].claim) return false;
  std::byte* memory = found[0].claim->allocate();
  if (memory == nullptr) return false;
  std::memset(memory, value, key.decoded_bytes);
  found[0].claim->publish();
  return true;
}

/// Returns the value with which the chunk was filled; -1 if it is not in the cache. Gives up the claim in that case.
int value_of(ChunkCache& cache, const ChunkKey& key) {
  const auto found = look_up(cache, {key});
  return found[0].chunk == nullptr ? -1 : static_cast<int>(found[0].chunk->data()[key.decoded_bytes - 1]);
}

TEST(ChunkCache, FindsChunksWithEqualKeys) {
  ChunkCache cache(1 << 20);
  EXPECT_EQ(value_of(cache, key_of(0)), -1);
  EXPECT_TRUE(insert(cache, key_of(0), 5));
  EXPECT_EQ(value_of(cache, key_of(0)), 5);
  std::vector<ChunkKey> others(10, key_of(0));
  others[0].device++;
  others[1].inode++;
  others[2].file_bytes++;
  others[3].mtime_ns++;
  others[4].ctime_ns++;
  others[5].offset++;
  others[6].stored_bytes++;
  others[7].decoded_bytes++;
  others[8].filter_mask++;
  others[9].codecs = std::make_shared<const std::string>("other codecs");
  for (const ChunkKey& other : others) EXPECT_EQ(value_of(cache, other), -1);
  ChunkKey equal = key_of(0);
  equal.codecs = std::make_shared<const std::string>("codecs");
  EXPECT_EQ(value_of(cache, equal), 5);
}

TEST(ChunkCache, RemovesTheChunksThatWereNotUsedForTheLongestTime) {
  ChunkCache cache(4 * kChunkBytes);
  for (int i = 0; i < 4; i++) EXPECT_TRUE(insert(cache, key_of(i), i));
  EXPECT_EQ(value_of(cache, key_of(0)), 0);
  EXPECT_TRUE(insert(cache, key_of(4), 4));
  EXPECT_EQ(value_of(cache, key_of(1)), -1);
  for (const int i : {0, 2, 3, 4}) EXPECT_EQ(value_of(cache, key_of(i)), i);
  EXPECT_TRUE(insert(cache, key_of(5, 1, 2 * kChunkBytes), 5));
  for (const int i : {0, 2}) EXPECT_EQ(value_of(cache, key_of(i)), -1);
  const auto counters = cache.counters();
  EXPECT_EQ(counters.bytes, 4 * kChunkBytes);
  EXPECT_EQ(counters.chunks, 3U);
  EXPECT_EQ(counters.evictions, 3U);
}

TEST(ChunkCache, CountsChunksThatAThreadStillUses) {
  ChunkCache cache(2 * kChunkBytes);
  insert(cache, key_of(0), 0);
  insert(cache, key_of(1), 1);
  const auto used = look_up(cache, {key_of(0), key_of(1)});
  cache.clear();
  EXPECT_EQ(cache.counters().chunks, 0U);
  EXPECT_EQ(cache.counters().bytes, 2 * kChunkBytes);
  EXPECT_FALSE(insert(cache, key_of(2), 2));
  EXPECT_EQ(static_cast<int>(used[1].chunk->data()[0]), 1);
}

TEST(ChunkCache, FreesTheMemoryOfChunksThatNoThreadUses) {
  ChunkCache cache(2 * kChunkBytes);
  { const auto used = look_up(cache, {key_of(0)}); }
  insert(cache, key_of(0), 0);
  cache.clear();
  EXPECT_EQ(cache.counters().bytes, 0U);
  {
    auto found = look_up(cache, {key_of(1)});
    EXPECT_NE(found[0].claim->allocate(), nullptr);
    EXPECT_EQ(cache.counters().bytes, kChunkBytes);
  }
  EXPECT_EQ(cache.counters().bytes, 0U);
}

TEST(ChunkCache, GivesNoClaimForChunksThatAreLargerThanTheLimit) {
  ChunkCache cache(kChunkBytes);
  const auto found = look_up(cache, {key_of(0, 1, kChunkBytes + 1)});
  EXPECT_FALSE(found[0].claim);
  EXPECT_EQ(found[0].chunk, nullptr);
  ChunkCache none(0);
  EXPECT_FALSE(look_up(none, {key_of(0)})[0].claim);
}

TEST(ChunkCache, GivesOneClaimForAChunk) {
  ChunkCache cache(1 << 20);
  auto first = look_up(cache, {key_of(0), key_of(0)});
  EXPECT_TRUE(first[0].claim);
  EXPECT_FALSE(first[1].claim);
  EXPECT_FALSE(look_up(cache, {key_of(0)})[0].claim);
  first.clear();
  EXPECT_TRUE(look_up(cache, {key_of(0)})[0].claim);
}

TEST(ChunkCache, ClaimsNothingIfAnotherThreadDecodesOneOfTheChunks) {
  ChunkCache cache(1 << 20);
  auto first = look_up(cache, {key_of(1)});
  std::vector<Found> found;
  const std::vector<ChunkKey> keys = {key_of(0), key_of(1)};
  EXPECT_NE(cache.look_up(keys, WhenBusy::report, found), nullptr);
  EXPECT_TRUE(found.empty());
  EXPECT_TRUE(look_up(cache, {key_of(0)})[0].claim);
}

TEST(ChunkCache, TellsWaitersWhenAChunkIsPublishedOrGivenUp) {
  for (const bool publishes : {true, false}) {
    ChunkCache cache(1 << 20);
    auto first = look_up(cache, {key_of(0)});
    std::vector<Found> found;
    const std::vector<ChunkKey> keys = {key_of(0)};
    const auto flight = cache.look_up(keys, WhenBusy::report, found);
    ASSERT_NE(flight, nullptr);
    int calls = 0;
    EXPECT_TRUE(flight->on_end([&] { calls++; }));
    std::atomic<bool> ended{false};
    std::thread waiter([&] {
      flight->wait(CancelToken());
      ended = true;
    });
    EXPECT_EQ(calls, 0);
    if (publishes) {
      std::memset(first[0].claim->allocate(), 3, kChunkBytes);
      first[0].claim->publish();
    } else {
      first[0].claim.reset();
    }
    EXPECT_EQ(calls, 1);
    waiter.join();
    EXPECT_TRUE(ended);
    EXPECT_FALSE(flight->on_end([&] { calls++; }));
    first.clear();
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(cache.look_up(keys, WhenBusy::report, found), nullptr);
    EXPECT_EQ(found[0].chunk != nullptr, publishes);
  }
}

TEST(ChunkCache, EndsAWaitThatIsCancelled) {
  ChunkCache cache(1 << 20);
  const auto first = look_up(cache, {key_of(0)});
  std::vector<Found> found;
  const std::vector<ChunkKey> keys = {key_of(0)};
  const auto flight = cache.look_up(keys, WhenBusy::report, found);
  const CancelToken cancel;
  std::thread waiter([&] { flight->wait(cancel); });
  cancel.cancel();
  waiter.join();
}

TEST(ChunkCache, DoesNotInsertChunksThatWereClaimedBeforeItWasCleared) {
  for (const bool closes : {false, true}) {
    ChunkCache cache(1 << 20);
    auto old = look_up(cache, {key_of(0)});
    ASSERT_NE(old[0].claim->allocate(), nullptr);
    if (closes)
      cache.disable();
    else
      cache.clear();
    auto now = look_up(cache, {key_of(0)});
    EXPECT_EQ(now[0].claim.has_value(), !closes);
    old[0].claim->publish();
    EXPECT_EQ(look_up(cache, {key_of(0)})[0].chunk, nullptr);
    EXPECT_EQ(insert(cache, key_of(1), 1), !closes);
  }
}

TEST(ChunkCache, OutlivesItsHandleWhileThreadsUseItsChunks) {
  std::vector<Found> found;
  {
    ChunkCache cache(1 << 20);
    insert(cache, key_of(0), 8);
    found = look_up(cache, {key_of(0), key_of(1)});
  }
  EXPECT_EQ(static_cast<int>(found[0].chunk->data()[0]), 8);
  found[1].claim->publish();
}

TEST(ChunkCache, GivesEveryThreadTheBytesOfItsChunks) {
  constexpr std::uint64_t kChunks = 40;
  ChunkCache cache(16 * kChunkBytes);
  std::atomic<std::uint64_t> decoded{0};
  std::atomic<std::uint64_t> wrong{0};
  const auto work = [&](std::uint32_t seed) {
    std::mt19937 random(seed);
    for (int round = 0; round < 2000; round++) {
      std::vector<ChunkKey> keys;
      const std::uint64_t first = random() % kChunks;
      for (std::uint64_t i = first; i < std::min(first + 3, kChunks); i++) keys.push_back(key_of(i));
      std::vector<Found> found;
      while (const auto flight = cache.look_up(keys, WhenBusy::report, found)) flight->wait(CancelToken());
      for (std::size_t i = 0; i < found.size(); i++) {
        const auto value = static_cast<std::byte>(first + i + 1);
        if (found[i].chunk != nullptr) {
          const std::byte* bytes = found[i].chunk->data();
          wrong += bytes[0] == value && bytes[kChunkBytes - 1] == value ? 0 : 1;
        } else if (found[i].claim && random() % 8 != 0) {
          std::byte* memory = found[i].claim->allocate();
          if (memory == nullptr) continue;
          std::memset(memory, static_cast<int>(value), kChunkBytes);
          found[i].claim->publish();
          decoded++;
        }
      }
      if (seed == 1 && round % 500 == 0) cache.clear();
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t seed = 1; seed <= 4; seed++) threads.emplace_back(work, seed);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_GT(decoded, kChunks);
  EXPECT_LE(cache.counters().bytes, 16 * kChunkBytes);
  cache.clear();
  EXPECT_EQ(cache.counters().bytes, 0U);
}

}  // namespace
}  // namespace posixpar::pool
