#include "native/sys/recent_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>

#include "native/sys/storage.h"

namespace posixpar::sys {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kStart = 123'456'789 * kMs;
/// An access is recent for at least kRecentNs and at most one epoch (half of kRecentNs) longer.
constexpr std::uint64_t kLongestNs = RecentPages::kRecentNs + RecentPages::kRecentNs / 2;

TEST(RecentPages, ContainsNoPageBeforeTheFirstNote) {
  const RecentPages pages(std::uint64_t{1} << 30);
  EXPECT_FALSE(pages.contains(0, 1, kStart));
}

TEST(RecentPages, ContainsEveryPageOfANotedRangeAndNoOther) {
  const std::uint64_t page = page_size();
  RecentPages pages(100 * page);
  pages.note(5 * page + 1, 20 * page + 1, kStart);  // Pages 5 to 20, in two blocks.
  EXPECT_TRUE(pages.contains(5 * page, 21 * page, kStart));
  EXPECT_FALSE(pages.contains(5 * page - 1, 21 * page, kStart));
  EXPECT_FALSE(pages.contains(5 * page, 21 * page + 1, kStart));
}

TEST(RecentPages, ForgetsAfterAWhile) {
  RecentPages pages(std::uint64_t{1} << 20);
  pages.note(0, 1, kStart);
  EXPECT_TRUE(pages.contains(0, 1, kStart + RecentPages::kRecentNs));
  EXPECT_FALSE(pages.contains(0, 1, kStart + kLongestNs));
}

TEST(RecentPages, RemembersNoneWhilePagesAreEvicted) {
  RecentPages pages(std::uint64_t{1} << 20);
  pages.note(0, 1, kStart);
  pages.distrust_until(kStart + kMs);
  EXPECT_FALSE(pages.contains(0, 1, kStart));
  EXPECT_TRUE(pages.contains(0, 1, kStart + kMs));
}

/// Compares RecentPages with a map of the last access of each page. A file of more than 1 GiB has more blocks than the
/// table has entries, so blocks share entries.
void compare_with_map(std::uint64_t bytes, std::uint64_t seed) {
  const std::uint64_t page = page_size();
  std::mt19937_64 random(seed);
  RecentPages pages(bytes);
  std::map<std::uint64_t, std::uint64_t> accessed;
  const bool collides = bytes > (std::uint64_t{1} << 30);
  std::uint64_t now = kStart;
  std::uint64_t found = 0;
  for (int i = 0; i < 20'000; i++) {
    now += random() % kMs;
    const std::uint64_t begin = random() % 8 * (bytes / 8) + random() % (64 * page);
    const std::uint64_t end = std::min(bytes, begin + 1 + random() % (20 * page));
    if (random() % 2 == 0) {
      pages.note(begin, end, now);
      for (std::uint64_t p = begin / page; p <= (end - 1) / page; p++) accessed[p] = now;
      continue;
    }
    std::uint64_t oldest = now;
    for (std::uint64_t p = begin / page; p <= (end - 1) / page; p++) {
      oldest = accessed.contains(p) ? std::min(oldest, accessed[p]) : 0;
      if (oldest == 0) break;
    }
    const bool answer = pages.contains(begin, end, now);
    found += answer ? 1 : 0;
    if (answer) {
      ASSERT_TRUE(oldest != 0 && now - oldest < kLongestNs) << "seed " << seed;
    } else if (!collides) {
      ASSERT_TRUE(oldest == 0 || now - oldest > RecentPages::kRecentNs) << "seed " << seed;
    }
  }
  EXPECT_GT(found, 100U) << "seed " << seed;
}

TEST(RecentPages, AgreesWithAMapOfLastAccesses) {
  const std::uint64_t seed = std::random_device()();
  for (const std::uint64_t bytes : {std::uint64_t{16} << 20, std::uint64_t{1} << 30, std::uint64_t{5} << 40})
    compare_with_map(bytes, seed);
}

}  // namespace
}  // namespace posixpar::sys
