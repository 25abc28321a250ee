/// Tests that pages that a read added to the page cache are evicted: native/exec/page_cache/snapshot.h.
#include "native/exec/page_cache/snapshot.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "native/sys/file.h"
#include "native/sys/file_cache.h"
#include "native/sys/storage.h"
#include "test/native/sys_support.h"

namespace posixpar {
namespace {

using sys::page_size;
using test::Faults;
using test::TempDir;
using test::write_file;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

class Snapshot : public testing::Test {
 protected:
  /// Opens a new file without cached pages. Skips the test if the file system keeps files in memory.
  void open(std::uint64_t bytes) {
    path_ = write_file(dir_ / "data", bytes);
    bytes_ = bytes;
    const sys::ByteRange all{0, bytes};
    ASSERT_TRUE(sys::evict_pages(path_, {&all, 1}).ok());
    auto fd = sys::open_at(AT_FDCWD, path_.c_str(), 0, path_);
    ASSERT_TRUE(fd.ok());
    fd_ = std::move(*fd);
    if (cached() != 0) GTEST_SKIP() << "SKIP: the pages of this file system can not be evicted";
    std::uint64_t calls = 0;
    if (!sys::tells_in_flight(fd_.get(), path_, calls)) GTEST_SKIP() << "SKIP: no cachestat(2) here";
  }
  [[nodiscard]] std::uint64_t cached() const {
    const auto state = sys::cache_state(fd_.get(), 0, bytes_, path_);
    return state.ok() ? state->cached_pages : ~std::uint64_t{0};
  }
  void read(std::uint64_t offset, std::size_t length) const {
    std::vector<std::byte> into(length);
    ASSERT_TRUE(sys::pread_full(fd_.get(), into.data(), length, offset, path_).ok());
  }
  void advise(std::uint64_t offset, std::uint64_t length, int advice) const {
    ASSERT_TRUE(sys::advise_file(fd_.get(), offset, length, advice, path_).ok());
  }

  TempDir dir_;
  std::string path_;
  std::uint64_t bytes_ = 0;
  UniqueFd fd_;
};

TEST_F(Snapshot, EvictsPagesInFlight) {
  open(12 * kMiB);
  if (IsSkipped()) return;
  std::uint64_t in_flight = 0;
  for (int round = 0; round < 100; round++) {
    ReadCounters counters;
    const ResidencySnapshot snapshot(fd_.get(), path_, {{0, kMiB}}, counters);
    advise(static_cast<std::uint64_t>(round % 4) * kMiB, 8 * kMiB, POSIX_FADV_WILLNEED);
    std::uint64_t calls = 0;
    const auto map = sys::page_map(fd_.get(), 0, bytes_, path_, calls);
    ASSERT_TRUE(map.ok());
    const auto resident = static_cast<std::uint64_t>(std::ranges::count_if(*map, [](auto e) { return e != 0; }));
    if (cached() > resident) in_flight++;
    snapshot.evict_added(counters);
    ASSERT_EQ(cached(), 0U) << "round " << round;
    ASSERT_EQ(counters[kBytesLeftInCache], 0U);
    ASSERT_EQ(counters[kCacheUnknown], 0U);
  }
  RecordProperty("rounds_in_flight", static_cast<int>(in_flight));
}

TEST_F(Snapshot, KeepsPagesThatWereCachedBefore) {
  open(12 * kMiB);
  if (IsSkipped()) return;
  advise(0, 0, POSIX_FADV_RANDOM);
  read(4 * kMiB, kMiB);
  ReadCounters counters;
  const ResidencySnapshot snapshot(fd_.get(), path_, {{2 * kMiB, 4 * kMiB}}, counters);
  read(2 * kMiB, 4 * kMiB);
  snapshot.evict_added(counters);
  EXPECT_EQ(cached() * page_size(), kMiB);
  EXPECT_EQ(counters[kBytesLeftInCache], 0U);
}

TEST_F(Snapshot, ReportsThePagesThatTheKernelDoesNotEvict) {
  open(4 * kMiB);
  if (IsSkipped()) return;
  advise(0, 0, POSIX_FADV_RANDOM);
  ReadCounters counters;
  const ResidencySnapshot snapshot(fd_.get(), path_, {{0, bytes_}}, counters);
  read(0, kMiB);
  // The kernel does not evict a mapped page.
  void* mapped = ::mmap(nullptr, page_size(), PROT_READ, MAP_SHARED, fd_.get(), static_cast<off_t>(kMiB / 2));
  ASSERT_NE(mapped, MAP_FAILED);
  static_cast<void>(*static_cast<volatile const char*>(mapped));
  snapshot.evict_added(counters);
  EXPECT_GE(counters[kBytesLeftInCache], page_size());
  EXPECT_EQ(counters[kBytesLeftInCache], cached() * page_size());
  ::munmap(mapped, page_size());
}

TEST_F(Snapshot, ReportsUnknownResidencyIfCachestatIsRefused) {
  open(kMiB);
  if (IsSkipped()) return;
  for (const int refusal : {ENOSYS, EPERM}) {
    const Faults faults({{.op = sys::Op::cachestat,
                          .times = 0,
                          .action = sys::FaultAction::error,
                          .value = static_cast<std::uint64_t>(refusal)}});
    ReadCounters counters;
    const ResidencySnapshot snapshot(fd_.get(), path_, {{0, kMiB}}, counters);
    read(0, kMiB);
    snapshot.evict_added(counters);
    EXPECT_EQ(counters[kCacheUnknown], 1U);
    EXPECT_EQ(counters[kBytesLeftInCache], 0U);
  }
  EXPECT_EQ(cached(), 0U);
}

}  // namespace
}  // namespace posixpar
