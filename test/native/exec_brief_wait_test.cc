/// Tests short waits of the JavaScript thread: native/exec/run/brief_wait.h.
#include "native/exec/run/brief_wait.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "native/sys/clock.h"

namespace posixpar {
namespace {

TEST(BriefWait, TheWaitingThreadReportsAReadThatEndsInTime) {
  BriefWait wait;
  EXPECT_TRUE(wait.end());
  EXPECT_TRUE(wait.wait());
}

TEST(BriefWait, ThePoolReportsAReadThatEndsLater) {
  BriefWait wait;
  const auto begin = sys::monotonic_ns();
  EXPECT_FALSE(wait.wait());
  EXPECT_GE(sys::monotonic_ns() - begin, 50'000U);
  EXPECT_FALSE(wait.end());
}

TEST(BriefWait, OneOfTheTwoThreadsReports) {
  for (int round = 0; round < 2000; round++) {
    BriefWait wait;
    std::atomic<int> reports{0};
    std::thread other([&] {
      // About the length of a wait, so that both outcomes occur.
      const auto until = sys::monotonic_ns() + static_cast<std::uint64_t>(round % 200) * 1000;
      while (sys::monotonic_ns() < until) {
      }
      if (!wait.end()) reports++;
    });
    if (wait.wait()) reports++;
    other.join();
    ASSERT_EQ(reports.load(), 1) << round;
  }
}

TEST(BriefWait, WaitsThatWereTooShortAreRepeatedLessAndLess) {
  BriefWaitHistory history;
  const auto reads_until_next_wait = [&] {
    int reads = 1;
    while (!history.should_wait()) reads++;
    return reads;
  };
  EXPECT_EQ(reads_until_next_wait(), 1);
  int before = 1;
  for (int i = 0; i < 10; i++) {
    history.note(false);
    const int reads = reads_until_next_wait();
    EXPECT_TRUE(reads > before || reads == 65) << reads;
    before = reads;
  }
  EXPECT_EQ(before, 65);
  history.note(true);
  EXPECT_EQ(reads_until_next_wait(), 1);
}

}  // namespace
}  // namespace posixpar
