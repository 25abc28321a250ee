/// \file Tests native/exec/write/thread_count.h.
#include <gtest/gtest.h>

#include "native/exec/write/thread_count.h"

namespace posixpar {
namespace {

constexpr WriteWidth kWidth{.computing = 2, .widest = 16};

TEST(WriteThreads, BeginsWithTheFirstNumberUntilEachThreadHasEndedATask) {
  EXPECT_EQ(wanted_write_threads({}, kWidth, 4), 4U);
  EXPECT_EQ(wanted_write_threads({.busy_ns = 10, .waited_ns = 1000, .tasks = 1}, kWidth, 4), 4U);
  EXPECT_EQ(wanted_write_threads({.busy_ns = 0, .waited_ns = 1000, .tasks = 9}, kWidth, 16), 16U);
  // The first number is limited, too.
  EXPECT_EQ(wanted_write_threads({}, kWidth, 1), 2U);
  EXPECT_EQ(wanted_write_threads({}, kWidth, 100), 16U);
}

TEST(WriteThreads, UsesNoMoreThreadsThanCanComputeIfNoFileIsSynchronized) {
  EXPECT_EQ(wanted_write_threads({.busy_ns = 1000, .waited_ns = 0, .tasks = 2}, kWidth, 2), 2U);
  EXPECT_EQ(wanted_write_threads({.busy_ns = 1000, .waited_ns = 50, .tasks = 256}, kWidth, 2), 2U);
}

TEST(WriteThreads, KeepsASpareThreadPerComputingThreadIfFilesAreSynchronized) {
  EXPECT_EQ(wanted_write_threads({.busy_ns = 1000, .waited_ns = 50, .tasks = 256}, kWidth, 4), 4U);
  EXPECT_EQ(wanted_write_threads({.busy_ns = 1000, .waited_ns = 50, .tasks = 256}, kWidth, 16), 4U);
  EXPECT_EQ(wanted_write_threads({.busy_ns = 1, .tasks = 256}, {.computing = 2, .widest = 3}, 3), 3U);
}

TEST(WriteThreads, AddsThreadsInProportionToTheTimeOfWaiting) {
  EXPECT_EQ(wanted_write_threads({.busy_ns = 1000, .waited_ns = 400, .tasks = 256}, kWidth, 2), 3U);
  EXPECT_EQ(wanted_write_threads({.busy_ns = 1000, .waited_ns = 1000, .tasks = 256}, kWidth, 2), 4U);
  EXPECT_EQ(wanted_write_threads({.busy_ns = 1000, .waited_ns = 5000, .tasks = 256}, kWidth, 4), 12U);
  EXPECT_EQ(wanted_write_threads({.busy_ns = 1, .waited_ns = UINT64_MAX, .tasks = 256}, kWidth, 4), 16U);
}

TEST(WriteThreads, BeginsWithFewThreadsIfTheyEncodeOrDoNotWait) {
  EXPECT_EQ(first_write_threads(kWidth, true, false), 2U);
  EXPECT_EQ(first_write_threads(kWidth, false, false), 2U);
  EXPECT_EQ(first_write_threads(kWidth, true, true), 4U);
  EXPECT_EQ(first_write_threads(kWidth, false, true), 16U);
  EXPECT_EQ(first_write_threads({.computing = 2, .widest = 3}, true, true), 3U);
}

TEST(AdaptiveCopies, EndsCopiesDownToTheWantedNumber) {
  AdaptiveCopies copies;
  EXPECT_EQ(copies.begin(kWidth, 16, 256), 16U);
  const WriteTimes busy{.busy_ns = 1000, .waited_ns = 0, .tasks = 4};
  const auto refuse = [] {
    ADD_FAILURE() << "no copy is needed";
    return true;
  };
  int ended = 0;
  for (int task = 0; task < 20; task++) ended += copies.adapt(busy, true, refuse) ? 0 : 1;
  EXPECT_EQ(ended, 12);
}

TEST(AdaptiveCopies, AddsCopiesOnlyIfThereIsWork) {
  AdaptiveCopies copies;
  EXPECT_EQ(copies.begin(kWidth, 2, 256), 2U);
  const WriteTimes waiting{.busy_ns = 1000, .waited_ns = 2000, .tasks = 4};
  int added = 0;
  const auto add = [&] {
    added++;
    return true;
  };
  EXPECT_TRUE(copies.adapt(waiting, false, add));
  EXPECT_EQ(added, 0);
  EXPECT_TRUE(copies.adapt(waiting, true, add));
  EXPECT_EQ(added, 4);
  EXPECT_TRUE(copies.adapt(waiting, true, add));
  EXPECT_EQ(added, 4);
}

TEST(AdaptiveCopies, GoesOnIfNoCopyCanBeAdded) {
  AdaptiveCopies copies;
  EXPECT_EQ(copies.begin(kWidth, 16, 1), 1U);
  int tries = 0;
  EXPECT_TRUE(copies.adapt({.busy_ns = 1000, .waited_ns = 9000, .tasks = 4}, true, [&] {
    tries++;
    return false;
  }));
  EXPECT_EQ(tries, 1);
}

TEST(AdaptiveCopies, OfOneThreadNeverEnds) {
  AdaptiveCopies copies;
  constexpr WriteWidth kOne{.computing = 1, .widest = 1};
  EXPECT_EQ(copies.begin(kOne, 1, 100), 1U);
  for (int task = 0; task < 5; task++) {
    EXPECT_TRUE(copies.adapt({.busy_ns = 1, .waited_ns = 100, .tasks = 9}, true, [] { return true; }));
  }
}

TEST(WriteThreads, StaysInARangeOfOne) {
  constexpr WriteWidth kOne{.computing = 1, .widest = 1};
  EXPECT_EQ(wanted_write_threads({}, kOne, 8), 1U);
  EXPECT_EQ(wanted_write_threads({.busy_ns = 1, .waited_ns = 1000, .tasks = 5}, kOne, 8), 1U);
}

}  // namespace
}  // namespace posixpar
