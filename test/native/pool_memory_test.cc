#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <thread>
#include <vector>

#include "native/pool/buffers.h"
#include "native/pool/cancel.h"
#include "native/pool/huge_pages.h"
#include "native/sys/clock.h"
#include "test/native/sys_support.h"

namespace posixpar::pool {
namespace {

bool aligned(const std::byte* p) { return reinterpret_cast<std::uintptr_t>(p) % kBufferAlignment == 0; }

TEST(CancelToken, CopiesShareTheFlagAndOthersDoNot) {
  const CancelToken token;
  const CancelToken copy = token;  // NOLINT(performance-unnecessary-copy-initialization): the point of the test.
  const CancelToken other;
  EXPECT_FALSE(copy.cancelled());
  token.cancel();
  EXPECT_TRUE(copy.cancelled());
  EXPECT_FALSE(other.cancelled());
}

TEST(BufferPool, BuffersAreAlignedWritableAndReused) {
  BufferPool pool(1 << 20);
  std::byte* first = nullptr;
  {
    auto buffer = pool.acquire(100'000);
    ASSERT_TRUE(buffer.ok());
    EXPECT_EQ(buffer->size(), 100'000U);
    EXPECT_TRUE(aligned(buffer->data()));
    std::memset(buffer->data(), 7, buffer->size());
    first = buffer->data();
  }
  EXPECT_GE(pool.retained(), 100'000U);
  const auto again = pool.acquire(99'000);
  EXPECT_EQ(again->data(), first);
  EXPECT_EQ(pool.retained(), 0U);
}

TEST(BufferPool, KeepsNoMoreThanTheLimit) {
  BufferPool pool(64 << 10);
  {
    std::vector<Buffer> buffers;
    for (int i = 0; i < 20; ++i) buffers.push_back(pool.acquire(16 << 10).value());
    buffers.push_back(pool.acquire(1 << 20).value());
  }
  EXPECT_EQ(pool.retained(), std::size_t{64} << 10);
  pool.trim();
  EXPECT_EQ(pool.retained(), 0U);
}

TEST(BufferPool, ALowerLimitFreesTheKeptBuffers) {
  BufferPool pool(1 << 20);
  { auto buffer = pool.acquire(1 << 19); }
  EXPECT_GT(pool.retained(), 0U);
  pool.set_limit(0);
  EXPECT_EQ(pool.retained(), 0U);
  { auto buffer = pool.acquire(1 << 19); }
  EXPECT_EQ(pool.retained(), 0U);
}

TEST(BufferPool, ASmallRequestDoesNotTakeAHugeBuffer) {
  BufferPool pool(1 << 20);
  { auto big = pool.acquire(1 << 19); }
  const auto small = pool.acquire(1);
  EXPECT_EQ(pool.retained(), std::size_t{1} << 19);
  EXPECT_EQ(small->size(), 1U);
}

TEST(BufferPool, ImpossibleSizesAreErrors) {
  BufferPool pool(1 << 20);
  for (const std::size_t size : {~std::size_t{0}, ~std::size_t{0} / 2 + 1}) {
    const auto buffer = pool.acquire(size);
    ASSERT_FALSE(buffer.ok());
    EXPECT_EQ(buffer.error().sys_errno, ENOMEM);
    EXPECT_EQ(buffer.error().length, size);
  }
  EXPECT_TRUE(pool.acquire(0).ok());
}

TEST(BufferPool, BuffersMoveBetweenThreads) {
  BufferPool pool(1 << 20);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool, t] {
      for (int i = 0; i < 500; ++i) {
        auto buffer = pool.acquire(static_cast<std::size_t>(1 + (i * 977 + t) % 60'000)).value();
        std::memset(buffer.data(), t, buffer.size());
        Buffer moved = std::move(buffer);
        ASSERT_EQ(moved.data()[moved.size() - 1], static_cast<std::byte>(t));
        buffer = std::move(moved);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(pool.retained(), std::size_t{1} << 20);
}

TEST(ThreadScratch, SlotsAreAlignedDisjointAndReused) {
  ThreadScratch scratch;
  const auto a = scratch.take(0, 10'000);
  const auto b = scratch.take(3, 20'000);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_TRUE(aligned(a->data()) && aligned(b->data()));
  std::memset(a->data(), 1, a->size());
  std::memset(b->data(), 2, b->size());
  EXPECT_EQ(a->data()[9'999], std::byte{1});
  EXPECT_EQ(scratch.take(0, 5)->data(), a->data());
  EXPECT_EQ(scratch.take(ThreadScratch::kSlots, 5).error().kind, ErrorKind::invalid);
  EXPECT_EQ(scratch.take(1, ~std::size_t{0}).error().sys_errno, ENOMEM);
  EXPECT_TRUE(scratch.take(2, 0).ok());
}

TEST(ThreadScratch, TrimmingFreesTheLargestFirst) {
  ThreadScratch scratch;
  ASSERT_TRUE(scratch.take(0, 1 << 20).ok());
  ASSERT_TRUE(scratch.take(1, 16 << 10).ok());
  scratch.trim(64 << 10);
  EXPECT_EQ(scratch.held(), std::size_t{16} << 10);
  scratch.trim(0);
  EXPECT_EQ(scratch.held(), 0U);
}

TEST(ThreadScratch, EveryThreadHasItsOwn) {
  ThreadScratch* here = &ThreadScratch::get();
  std::thread([here] { EXPECT_NE(&ThreadScratch::get(), here); }).join();
}

TEST(BufferUsage, CountsBuffersAndScratchMemory) {
  const std::size_t before = buffer_usage().bytes;
  reset_buffer_peak();
  {
    BufferPool pool(0);
    ThreadScratch scratch;
    const auto small = pool.acquire(5000);
    const auto large = pool.acquire(1 << 20);
    ASSERT_TRUE(small.ok() && large.ok() && scratch.take(0, 10'000).ok());
    EXPECT_GE(buffer_usage().bytes, before + 5000 + (1 << 20) + 10'000);
  }
  EXPECT_EQ(buffer_usage().bytes, before);
  EXPECT_GE(buffer_usage().peak_bytes, before + (1 << 20));
  reset_buffer_peak();
  EXPECT_EQ(buffer_usage().peak_bytes, before);
}

TEST(HugePages, OnlyWholeHugePagesOfLargeMemoryAreAdvised) {
  constexpr std::size_t kSize = std::size_t{9} << 20;
  void* const memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const bytes = static_cast<char*>(memory);
  bytes[5] = 42;
  EXPECT_EQ(advise_huge(bytes, kHugePageMinimum - 1), 0U);
  const std::size_t advised = advise_huge(bytes + 3, kSize - 3);
  if (advised != 0) {  // Kernels without huge pages refuse.
    EXPECT_EQ(advised % kHugePage, 0U);
    EXPECT_GE(advised, std::size_t{6} << 20);
    EXPECT_LE(advised, std::size_t{8} << 20);
  }
  EXPECT_EQ(bytes[5], 42);
  ::munmap(memory, kSize);
}

}  // namespace
}  // namespace posixpar::pool
