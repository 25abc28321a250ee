#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "native/pool/buffers.h"
#include "native/pool/huge_arena.h"
#include "native/sys/block_device.h"

namespace posixpar::pool {
namespace {

constexpr std::size_t kPiece = HugeArena::kPiece;
constexpr std::size_t kChunk = HugeArena::kChunk;

bool begins_at_piece(const std::byte* at) { return reinterpret_cast<std::uintptr_t>(at) % kPiece == 0; }

TEST(HugeArena, PiecesDoNotOverlapAndAreReused) {
  HugeArena arena;
  std::byte* const a = arena.acquire(3 * kPiece);
  std::byte* const b = arena.acquire(kPiece);
  std::byte* const c = arena.acquire(2 * kPiece);
  ASSERT_TRUE(a != nullptr && b != nullptr && c != nullptr);
  EXPECT_TRUE(begins_at_piece(a) && begins_at_piece(b) && begins_at_piece(c));
  std::memset(a, 1, 3 * kPiece);
  std::memset(b, 2, kPiece);
  std::memset(c, 3, 2 * kPiece);
  EXPECT_EQ(a[3 * kPiece - 1], std::byte{1});
  EXPECT_EQ(b[kPiece - 1], std::byte{2});
  EXPECT_EQ(arena.held(), kChunk);
  arena.release(a, 3 * kPiece);
  arena.release(b, kPiece);
  // Adjacent free pieces are merged.
  EXPECT_EQ(arena.acquire(4 * kPiece), a);
  arena.release(a, 4 * kPiece);
  arena.release(c, 2 * kPiece);
  EXPECT_EQ(arena.acquire(kChunk), a);
  arena.release(a, kChunk);
}

TEST(HugeArena, KeepsOneFreeChunk) {
  HugeArena arena;
  std::vector<std::byte*> whole;
  for (int i = 0; i < 4; ++i) whole.push_back(arena.acquire(kChunk));
  std::byte* const large = arena.acquire(3 * kChunk + kPiece);
  ASSERT_NE(large, nullptr);
  large[3 * kChunk + kPiece - 1] = std::byte{1};
  EXPECT_GE(arena.held(), 7 * kChunk + kPiece);
  arena.release(large, 3 * kChunk + kPiece);
  EXPECT_EQ(arena.held(), 4 * kChunk);
  for (std::byte* one : whole) arena.release(one, kChunk);
  EXPECT_EQ(arena.held(), kChunk);
}

TEST(HugeArena, ServesManyThreads) {
  HugeArena arena;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&arena, t] {
      std::mt19937 random(t);
      for (int i = 0; i < 300; ++i) {
        const std::size_t bytes = (1 + random() % 40) * kPiece;
        std::byte* const at = arena.acquire(bytes);
        ASSERT_NE(at, nullptr);
        at[0] = at[bytes - 1] = static_cast<std::byte>(t);
        std::this_thread::yield();
        ASSERT_EQ(at[0], static_cast<std::byte>(t));
        ASSERT_EQ(at[bytes - 1], static_cast<std::byte>(t));
        arena.release(at, bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(arena.held(), kChunk);
}

TEST(HugeArena, HoldsTheLargeBuffersOfAPool) {
  BufferPool pool(1 << 20);
  const std::size_t before = HugeArena::instance().held();
  {
    const auto buffer = pool.acquire(2 * kChunk);
    ASSERT_TRUE(buffer.ok());
    EXPECT_TRUE(begins_at_piece(buffer->data()));
    EXPECT_GE(HugeArena::instance().held(), before + 2 * kChunk);
  }
  EXPECT_EQ(HugeArena::instance().held(), before);
}

TEST(BlockDevice, IsNotVirtioIfThereIsNone) { EXPECT_FALSE(sys::on_virtio(-1, "closed")); }

}  // namespace
}  // namespace posixpar::pool
