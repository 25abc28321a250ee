#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "native/pool/budget.h"
#include "native/pool/buffers.h"
#include "native/pool/cancel.h"
#include "native/pool/huge_pages.h"
#include "native/sys/clock.h"
#include "test/native/sys_support.h"

namespace posixpar::pool {
namespace {

using namespace std::chrono_literals;

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

TEST(Budget, AdmitsUpToTheLimitAndAlwaysOne) {
  Budget budget(100);
  auto a = budget.try_acquire(60);
  ASSERT_TRUE(a.has_value());
  EXPECT_FALSE(budget.try_acquire(41).has_value());
  auto b = budget.try_acquire(40);
  ASSERT_TRUE(b.has_value());
  EXPECT_EQ(budget.used(), 100U);
  EXPECT_FALSE(budget.try_acquire(1).has_value());
  a.reset();
  b.reset();
  EXPECT_EQ(budget.used(), 0U);
  auto huge = budget.try_acquire(1'000'000);
  ASSERT_TRUE(huge.has_value()) << "alone, anything is admitted";
  EXPECT_FALSE(budget.try_acquire(0).has_value());
  huge->reset();
  EXPECT_EQ(budget.used(), 0U);
}

TEST(Budget, AReservationCanBeMovedAndIsReleasedOnce) {
  Budget budget(100);
  Reservation a = budget.try_acquire(10).value();
  Reservation b = std::move(a);
  EXPECT_EQ(budget.used(), 10U);
  a = budget.try_acquire(20).value();
  a = std::move(b);
  EXPECT_EQ(budget.used(), 10U);
  a.reset();
  a.reset();
  EXPECT_EQ(budget.used(), 0U);
}

TEST(Budget, ServesWaitersInOrderSoThatALargeOneIsNotStarved) {
  Budget budget(100);
  auto first = budget.acquire(60);
  std::atomic<bool> large_in{false};
  std::thread large([&] {
    const auto r = budget.acquire(90);
    large_in.store(true);
    std::this_thread::sleep_for(5ms);
  });
  // A small request that would fit must not overtake a large one that waits.
  bool overtaken = true;
  for (int i = 0; i < 1000 && overtaken; ++i) {
    overtaken = budget.try_acquire(1).has_value();
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_FALSE(overtaken);
  EXPECT_FALSE(large_in.load());
  first.reset();
  const auto small = budget.acquire(50);
  EXPECT_TRUE(large_in.load());
  large.join();
}

TEST(Budget, ADeviceThatHangsWithTheWholeBudgetDoesNotBlockOthers) {
  Budget budget(100);
  auto hung = budget.acquire(100, nullptr, 0, 1);
  std::atomic<bool> served{false};
  std::thread waiter([&] {
    const auto mine = budget.acquire(50, nullptr, 0, 1);
    served.store(true);
  });
  while (budget.waiting() < 1) std::this_thread::yield();
  {
    const auto other = budget.acquire(60, nullptr, 5, 2);
    EXPECT_EQ(other->bytes(), 60U);
    EXPECT_FALSE(budget.try_acquire(1, 2).has_value()) << "one of a device, not any number";
    EXPECT_TRUE(budget.try_acquire(1, 3).has_value());
  }
  EXPECT_FALSE(served.load());
  hung.reset();
  waiter.join();
  EXPECT_TRUE(served.load());
  EXPECT_EQ(budget.used(), 0U);
}

TEST(Budget, TheWaiterThatIsDueFirstIsServedFirst) {
  Budget budget(100);
  auto all = budget.acquire(100);
  std::mutex mutex;
  std::string order;
  std::vector<std::thread> waiters;
  for (const auto& [name, due] : {std::pair{'c', 30}, std::pair{'a', 10}, std::pair{'b', 20}}) {
    waiters.emplace_back([&, name = name, due = due] {
      const auto mine = budget.acquire(100, nullptr, due);
      const std::scoped_lock lock(mutex);
      order += name;
    });
    while (budget.waiting() < waiters.size()) std::this_thread::yield();
  }
  all.reset();
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(order, "abc");
}

TEST(Budget, AWaiterLeavesWhenItIsCancelled) {
  Budget budget(10);
  const auto all = budget.acquire(10);
  const CancelToken cancel;
  std::thread canceller([&] {
    std::this_thread::sleep_for(20ms);
    cancel.cancel();
  });
  EXPECT_FALSE(budget.acquire(5, &cancel).has_value());
  canceller.join();
  EXPECT_EQ(budget.used(), 10U);
}

TEST(Budget, ALargerLimitAdmitsWaiters) {
  Budget budget(10);
  const auto all = budget.acquire(10);
  std::thread waiter([&] { EXPECT_EQ(budget.acquire(50)->bytes(), 50U); });
  std::this_thread::sleep_for(5ms);
  budget.set_limit(60);
  waiter.join();
  EXPECT_EQ(budget.limit(), 60U);
}

TEST(Budget, ManyThreadsNeverExceedTheLimitTogether) {
  Budget budget(1000);
  std::atomic<std::size_t> held{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 300; ++i) {
        const std::size_t bytes = 1 + (i * 131 + t * 17) % 600;
        auto r = i % 3 == 0 ? budget.try_acquire(bytes) : budget.acquire(bytes);
        if (!r) continue;
        if (held.fetch_add(bytes) + bytes > 1000) wrong.fetch_add(1);
        if (i % 16 == 0) std::this_thread::yield();
        held.fetch_sub(bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(budget.used(), 0U);
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
