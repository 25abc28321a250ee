#include "native/sys/errno_name.h"

#include <gtest/gtest.h>

#include <cstring>

namespace posixpar::sys {
namespace {

TEST(ErrnoName, MatchesTheCLibraryForEveryNumber) {
  int named = 0;
  for (int number = 1; number < 256; ++number) {
    const char* expected = strerrorname_np(number);
    EXPECT_STREQ(errno_name(number), expected == nullptr ? "" : expected) << number;
    named += expected == nullptr ? 0 : 1;
  }
  EXPECT_GT(named, 100);
}

TEST(ErrnoName, IsEmptyForUnknownNumbers) {
  EXPECT_STREQ(errno_name(0), "");
  EXPECT_STREQ(errno_name(-2), "");
}

}  // namespace
}  // namespace posixpar::sys
