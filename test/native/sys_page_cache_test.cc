#include "native/sys/page_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "native/sys/file_cache.h"
#include "native/sys/open_file.h"
#include "native/sys/path_facts.h"
#include "test/native/sys_support.h"

namespace posixpar::sys {
namespace {

using test::Faults;
using test::TempDir;
using test::write_file;

class SysPageCache : public testing::Test {
 protected:
  [[nodiscard]] std::string make(std::size_t pages) const { return write_file(dir_ / "data", pages * page_size()); }

  TempDir dir_;
};

TEST_F(SysPageCache, CountsThePagesOfARangeUpToTheEndOfTheFile) {
  const std::string path = make(5);
  const std::uint64_t page = page_size();
  const ByteRange pieces[] = {{0, 5 * page},    {page - 1, 2},   {4 * page, UINT64_MAX},
                              {5 * page, page}, {UINT64_MAX, 1}, {7, 0}};
  const auto look = look_at_cache(path, pieces);
  ASSERT_TRUE(look.ok());
  EXPECT_EQ(look->size, 5 * page);
  std::vector<std::uint64_t> counts;
  for (const CacheState& state : look->pages) counts.push_back(state.cached_pages);
  EXPECT_EQ(counts, (std::vector<std::uint64_t>{5, 2, 1, 0, 0, 0}));
}

TEST_F(SysPageCache, FallsBackToMincoreIfCachestatIsRefused) {
  const std::string path = make(9);
  const ByteRange pieces[] = {{0, 4 * page_size()}, {4 * page_size(), UINT64_MAX}};
  const Faults faults({{.op = Op::cachestat, .times = 0, .action = FaultAction::error, .value = ENOSYS}});
  const auto look = look_at_cache(path, pieces);
  ASSERT_TRUE(look.ok());
  EXPECT_EQ(look->witness, CacheWitness::mincore);
  EXPECT_EQ(look->pages[0].cached_pages, 4U);
  EXPECT_EQ(look->pages[1].cached_pages, 5U);
}

TEST_F(SysPageCache, QueriesLeakNoDescriptorAndOpenNoSpecialFiles) {
  const std::string path = make(1);
  const std::string fifo = dir_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const std::size_t before = test::open_descriptors();
  const ByteRange all{0, UINT64_MAX};
  for (int i = 0; i < 10; i++) EXPECT_TRUE(look_at_cache(path, {&all, 1}).ok());
  for (const std::string& other : {fifo, dir_.path(), std::string("/dev/null")}) {
    const auto look = look_at_cache(other, {&all, 1});
    ASSERT_FALSE(look.ok());
    EXPECT_EQ(look.error().kind, ErrorKind::invalid);
    EXPECT_FALSE(evict_pages(other, {&all, 1}).ok());
  }
  EXPECT_EQ(look_at_cache(dir_ / "absent", {&all, 1}).error().sys_errno, ENOENT);
  EXPECT_LE(test::open_descriptors(), before);  // Fewer if another test closes descriptors concurrently.
}

TEST_F(SysPageCache, EvictionFlushesFirstAndReportsAFailedFlush) {
  const std::string path = make(4);
  const ByteRange all{0, UINT64_MAX};
  {
    const Faults faults({{.op = Op::sync, .times = 1, .action = FaultAction::error, .value = EIO}});
    const auto outcome = evict_pages(path, {&all, 1});
    ASSERT_TRUE(outcome.ok());
    ASSERT_TRUE(outcome->flush.has_value());
    EXPECT_EQ(outcome->flush->sys_errno, EIO);
    EXPECT_FALSE(outcome->drop.has_value());
  }
  const auto outcome = evict_pages(path, {&all, 1});
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->flush.has_value());
  const auto look = look_at_cache(path, {&all, 1});
  ASSERT_TRUE(look.ok());
  EXPECT_EQ(look->pages[0].dirty_pages, 0U);
}

TEST_F(SysPageCache, RetriesAnInterruptedFlush) {
  const std::string path = make(1);
  const ByteRange all{0, UINT64_MAX};
  const Faults faults({{.op = Op::sync, .times = 3, .action = FaultAction::eintr}});
  const auto outcome = evict_pages(path, {&all, 1});
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->flush.has_value());
  EXPECT_EQ(fault_counts(), std::vector<std::uint64_t>{3});
}

TEST_F(SysPageCache, FileFactsMatchStat) {
  const std::string path = make(3);
  struct stat s {};
  ASSERT_EQ(::stat(path.c_str(), &s), 0);
  const auto facts = path_facts(path);
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->mode, s.st_mode);
  EXPECT_EQ(facts->inode, s.st_ino);
  EXPECT_EQ(facts->size, static_cast<std::uint64_t>(s.st_size));
  EXPECT_EQ(facts->device.major, major(s.st_dev));
  EXPECT_EQ(facts->device.minor, minor(s.st_dev));
  ASSERT_TRUE(facts->filesystem.has_value());
  EXPECT_GE(facts->filesystem->total_bytes, facts->filesystem->free_bytes);
  EXPECT_GE(facts->filesystem->free_bytes, facts->filesystem->available_bytes);
  EXPECT_TRUE(facts->direct_open_errno.has_value());
  EXPECT_TRUE(facts->lustre_layout.empty());
  EXPECT_FALSE(path_facts("/dev/null")->direct_open_errno.has_value());
  EXPECT_EQ(path_facts(dir_ / "absent").error().sys_errno, ENOENT);
}

}  // namespace
}  // namespace posixpar::sys
