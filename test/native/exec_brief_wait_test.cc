/// Tests short waits of the JavaScript thread: native/exec/run/brief_wait.h.
#include "native/exec/run/brief_wait.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "native/sys/clock.h"

namespace posixpar {
namespace {

const std::atomic<bool> kBegun{true};

TEST(BriefWait, TheWaitingThreadReportsAReadThatEndsInTime) {
  BriefWait wait;
  EXPECT_TRUE(wait.end());
  EXPECT_TRUE(wait.wait(kBegun));
}

TEST(BriefWait, ThePoolReportsAReadThatEndsLater) {
  BriefWait wait;
  const auto begin = sys::monotonic_ns();
  EXPECT_FALSE(wait.wait(kBegun));
  EXPECT_GE(sys::monotonic_ns() - begin, 50'000U);
  EXPECT_FALSE(wait.end());
}

TEST(BriefWait, AReadThatDoesNotBeginIsNotWaitedForForever) {
  BriefWait wait;
  EXPECT_FALSE(wait.wait(std::atomic<bool>{false}));
  EXPECT_FALSE(wait.end());
}

TEST(BriefWait, OneOfTheTwoThreadsReports) {
  for (int round = 0; round < 2000; round++) {
    BriefWait wait;
    std::atomic<int> reports{0};
    std::thread other([&] {
      // Spins for 0 to 199 µs. A wait takes at most about 100 µs, so each thread reports the end in some rounds.
      const auto until = sys::monotonic_ns() + static_cast<std::uint64_t>(round % 200) * 1000;
      while (sys::monotonic_ns() < until) {
      }
      if (!wait.end()) reports++;
    });
    if (wait.wait(kBegun)) reports++;
    other.join();
    ASSERT_EQ(reports.load(), 1) << round;
  }
}

}  // namespace
}  // namespace posixpar
