#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "native/pool/budget.h"
#include "native/pool/cancel.h"

namespace posixpar::pool {
namespace {

using namespace std::chrono_literals;

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
  first->reset();
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
  hung->reset();
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
  all->reset();
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
  EXPECT_EQ(budget.acquire(5, &cancel).error().kind, ErrorKind::cancelled);
  canceller.join();
  EXPECT_EQ(budget.used(), 10U);
}

TEST(Budget, ALargerLimitAdmitsWaiters) {
  Budget budget(10);
  const auto all = budget.acquire(10);
  std::thread waiter([&] { EXPECT_EQ(budget.acquire(50)->bytes(), 50U); });
  std::this_thread::sleep_for(5ms);
  budget.set_limit(60, Excess::admit_when_idle);
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
        auto r = budget.try_acquire(bytes);
        if (!r && i % 3 == 0) continue;
        if (!r) r = budget.acquire(bytes).value();
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

TEST(StrictBudget, RefusesWhatNeverFitsAndSaysHowMuchItNeeds) {
  Budget budget(100, Excess::refuse);
  EXPECT_FALSE(budget.try_acquire(101).has_value());
  const auto refused = budget.acquire(101);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::memory);
  EXPECT_EQ(refused.error().length, 101U);
  EXPECT_EQ(refused.error().offset, 100U);
  EXPECT_EQ(budget.check(101).error().kind, ErrorKind::memory);
  EXPECT_TRUE(budget.check(100).ok());
  EXPECT_TRUE(budget.acquire(100).ok());
  EXPECT_EQ(budget.used(), 0U);
}

TEST(StrictBudget, DoesNotAdmitAnotherDeviceBeyondTheLimit) {
  Budget budget(100, Excess::refuse);
  auto first = budget.acquire(80, nullptr, 0, 1);
  EXPECT_FALSE(budget.try_acquire(30, 2).has_value());
  EXPECT_TRUE(budget.try_acquire(20, 2).has_value());
  std::atomic<bool> served{false};
  std::thread waiter([&] {
    const auto mine = budget.acquire(30, nullptr, 0, 2);
    served.store(true);
  });
  while (budget.waiting() < 1) std::this_thread::yield();
  EXPECT_FALSE(budget.try_acquire(1, 3).has_value()) << "overtakes a waiting thread";
  EXPECT_FALSE(served.load());
  first->reset();
  waiter.join();
  EXPECT_TRUE(served.load());
}

TEST(StrictBudget, AWaiterFailsIfTheLimitBecomesTooSmall) {
  Budget budget(100, Excess::refuse);
  auto first = budget.acquire(80);
  std::thread waiter([&] {
    const auto refused = budget.acquire(60);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::memory);
    EXPECT_EQ(refused.error().offset, 50U);
  });
  while (budget.waiting() < 1) std::this_thread::yield();
  budget.set_limit(50, Excess::refuse);
  waiter.join();
  EXPECT_EQ(budget.used(), 80U) << "reservations stay valid";
  EXPECT_FALSE(budget.try_acquire(1).has_value());
  first->reset();
  EXPECT_TRUE(budget.try_acquire(50).has_value());
}

TEST(StrictBudget, AWaiterLeavesWhenItIsCancelled) {
  Budget budget(10, Excess::refuse);
  const auto all = budget.acquire(10);
  const CancelToken cancel;
  std::thread canceller([&] {
    while (budget.waiting() < 1) std::this_thread::yield();
    cancel.cancel();
  });
  EXPECT_EQ(budget.acquire(5, &cancel).error().kind, ErrorKind::cancelled);
  canceller.join();
  EXPECT_EQ(budget.waiting(), 0U);
}

TEST(StrictBudget, ALargeRequestIsNotStarvedBySmallOnes) {
  Budget budget(100, Excess::refuse);
  std::atomic<bool> done{false};
  std::vector<std::thread> small;
  for (int t = 0; t < 3; ++t) {
    small.emplace_back([&, t] {
      while (!done.load()) {
        const auto mine = budget.acquire(30, nullptr, 0, static_cast<std::uint64_t>(t));
        std::this_thread::yield();
      }
    });
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(budget.acquire(100, nullptr, 0, 9)->bytes(), 100U);
  done.store(true);
  for (std::thread& thread : small) thread.join();
}

TEST(StrictBudget, ThreadsNeverExceedTheSmallestLimitWhileItChanges) {
  Budget budget(1000, Excess::refuse);
  std::atomic<std::size_t> held{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 300; ++i) {
        const std::size_t bytes = 1 + (i * 131 + t * 17) % 900;
        auto r = budget.try_acquire(bytes, t);
        if (!r) {
          auto waited = budget.acquire(bytes, nullptr, 0, t);
          if (!waited.ok()) {
            if (waited.error().kind != ErrorKind::memory || bytes <= 500) wrong.fetch_add(1);
            continue;
          }
          r = std::move(*waited);
        }
        if (held.fetch_add(bytes) + bytes > 1000) wrong.fetch_add(1);
        if (i % 16 == 0) std::this_thread::yield();
        held.fetch_sub(bytes);
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    budget.set_limit(i % 2 == 0 ? 500 : 1000, Excess::refuse);
    std::this_thread::yield();
  }
  budget.set_limit(1000, Excess::refuse);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(budget.used(), 0U);
}

}  // namespace
}  // namespace posixpar::pool
