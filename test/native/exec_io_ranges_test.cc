/// Tests how tasks are distributed to threads that each read a contiguous range: native/exec/run/io_ranges.h.
#include "native/exec/run/io_ranges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <random>
#include <vector>

namespace posixpar {
namespace {

TEST(IoRanges, OneThreadTakesAllTasksInOrder) {
  IoRanges streams(3, 8);
  const auto me = streams.join();
  std::vector<std::size_t> taken;
  while (const auto task = streams.next(me, 8)) taken.push_back(*task);
  EXPECT_EQ(taken, (std::vector<std::size_t>{3, 4, 5, 6, 7}));
}

TEST(IoRanges, AnAdditionalThreadTakesTheSecondHalfOfTheLongestRange) {
  IoRanges streams(0, 100);
  const auto first = streams.join();
  EXPECT_EQ(streams.next(first, 100), 0U);
  const auto second = streams.join();
  EXPECT_EQ(streams.next(second, 100), 50U);  // The second half of [1, 100).
  const auto third = streams.join();
  EXPECT_EQ(streams.next(third, 100),
            25U);  // The second half of [1, 50): both ranges have the same length, and the first one is split.
  EXPECT_EQ(streams.next(first, 100), 1U);
  EXPECT_EQ(streams.next(second, 100), 51U);
}

TEST(IoRanges, NothingAtOrAboveTheLimitIsTaken) {
  IoRanges streams(0, 100);
  const auto first = streams.join();
  EXPECT_EQ(streams.next(first, 100), 0U);
  const auto second = streams.join();
  EXPECT_EQ(streams.next(second, 100), 50U);
  // After an error at task 10, both threads still take the tasks before it.
  std::vector<std::size_t> taken;
  for (bool left = true; left;) {
    left = false;
    for (const auto owner : {first, second}) {
      if (const auto task = streams.next(owner, 10)) {
        taken.push_back(*task);
        left = true;
      }
    }
  }
  std::sort(taken.begin(), taken.end());
  EXPECT_EQ(taken, (std::vector<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(IoRanges, ANewThreadContinuesTheRangeOfAThreadThatLeft) {
  IoRanges streams(0, 100);
  const auto first = streams.join();
  EXPECT_EQ(streams.next(first, 100), 0U);
  EXPECT_EQ(streams.next(first, 100), 1U);
  streams.leave(first);
  const auto again = streams.join();
  EXPECT_EQ(streams.next(again, 100), 2U);
  const auto second = streams.join();
  EXPECT_EQ(streams.next(second, 100), 51U);
}

TEST(IoRanges, AnEmptyRangeHasNoTasks) {
  IoRanges streams(7, 7);
  EXPECT_EQ(streams.next(streams.join(), 100), std::nullopt);
}

TEST(IoRanges, EveryTaskIsTakenOnceInAnyOrderOfThreads) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; round++) {
    const std::size_t count = random() % 300;
    IoRanges streams(0, count);
    std::vector<std::size_t> threads;
    std::vector<unsigned> taken(count);
    for (;;) {
      if (threads.size() < 16 && random() % 4 == 0) threads.push_back(streams.join());
      if (threads.empty()) continue;
      const auto task = streams.next(threads[random() % threads.size()], count);
      if (!task) break;
      taken[*task]++;
    }
    EXPECT_EQ(std::accumulate(taken.begin(), taken.end(), 0U), count);
    EXPECT_TRUE(std::all_of(taken.begin(), taken.end(), [](unsigned n) { return n == 1; }));
  }
}

}  // namespace
}  // namespace posixpar
