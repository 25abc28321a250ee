/// Tests attempts that are repeated less and less often: native/base/backoff.h.
#include "native/base/backoff.h"

#include <gtest/gtest.h>

namespace posixpar {
namespace {

/// Returns the number of occasions up to the next attempt.
int next_attempt(Backoff& backoff) {
  int occasions = 1;
  while (!backoff.should_try()) occasions++;
  return occasions;
}

TEST(Backoff, RepeatsFailedAttemptsLessAndLessOften) {
  Backoff backoff(64);
  EXPECT_EQ(next_attempt(backoff), 1);
  for (const int expected : {2, 3, 5, 9, 17, 33, 65, 65}) {
    backoff.note(false);
    EXPECT_EQ(next_attempt(backoff), expected);
  }
}

TEST(Backoff, MakesEveryAttemptAfterASuccess) {
  Backoff backoff(64);
  for (int i = 0; i < 5; i++) backoff.note(false);
  backoff.note(true);
  EXPECT_EQ(next_attempt(backoff), 1);
  EXPECT_EQ(next_attempt(backoff), 1);
  backoff.note(false);
  EXPECT_EQ(next_attempt(backoff), 2);
}

}  // namespace
}  // namespace posixpar
