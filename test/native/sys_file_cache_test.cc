#include "native/sys/file_cache.h"

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "native/sys/hooks.h"
#include "test/native/sys_support.h"

namespace posixpar::sys {
namespace {

using test::Faults;
using test::open_descriptors;
using test::TempDir;
using test::write_file;

TEST(SysFileCache, ReturnsTheSameFileForAnUnchangedPath) {
  TempDir dir;
  FileCache cache(4);
  const std::string path = write_file(dir / "a", 10);
  bool hit = true;
  const auto first = cache.open(path, &hit);
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(hit);
  const auto second = cache.open(path, &hit);
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(hit);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(cache.counters().hits, 1U);
  EXPECT_EQ(cache.counters().misses, 1U);
}

TEST(SysFileCache, ReopensAFileThatWasReplacedOrModified) {
  TempDir dir;
  FileCache cache(4);
  const std::string path = write_file(dir / "a", 10);
  const auto old = *cache.open(path);
  write_file(dir / "b", 10);
  std::filesystem::rename(dir / "b", path);
  const auto replaced = *cache.open(path);
  EXPECT_NE(old, replaced);
  EXPECT_NE(old->id().inode, replaced->id().inode);
  ASSERT_EQ(::truncate(path.c_str(), 5), 0);
  const auto shorter = *cache.open(path);
  EXPECT_NE(replaced, shorter);
  EXPECT_EQ(shorter->id().size, 5U);
  EXPECT_EQ(cache.kept(), 1U);
}

TEST(SysFileCache, AnErrorNamesTheFile) {
  TempDir dir;
  FileCache cache(4);
  EXPECT_EQ(cache.open(dir / "absent").error().sys_errno, ENOENT);
  const std::string path = write_file(dir / "a", 10);
  ASSERT_TRUE(cache.open(path).ok());
  std::filesystem::remove(path);
  const auto gone = cache.open(path);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().sys_errno, ENOENT);
  EXPECT_EQ(gone.error().path, path);
}

TEST(SysFileCache, ClosesTheLeastRecentlyUsedFiles) {
  TempDir dir;
  FileCache cache(2);
  for (const char* name : {"a", "b", "c"}) write_file(dir / name, 10);
  const std::size_t before = open_descriptors();
  ASSERT_TRUE(cache.open(dir / "a").ok());
  ASSERT_TRUE(cache.open(dir / "b").ok());
  ASSERT_TRUE(cache.open(dir / "a").ok());
  ASSERT_TRUE(cache.open(dir / "c").ok());
  EXPECT_EQ(open_descriptors(), before + 2);
  bool hit = false;
  ASSERT_TRUE(cache.open(dir / "a", &hit).ok());
  EXPECT_TRUE(hit);
  ASSERT_TRUE(cache.open(dir / "b", &hit).ok());
  EXPECT_FALSE(hit);
}

TEST(SysFileCache, FindsAFileInUseAfterItsEviction) {
  TempDir dir;
  FileCache cache(0);
  const auto used = *cache.open(write_file(dir / "a", 10));
  EXPECT_EQ(cache.kept(), 0U);
  EXPECT_EQ(*cache.open(dir / "a"), used);
}

TEST(SysFileCache, DropsIdleFilesAndKeepsUsedOnes) {
  TempDir dir;
  FileCache cache(10);
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(cache.open(write_file(dir / std::to_string(i), 10)).ok());
  const auto used = *cache.open(dir / "0");
  EXPECT_EQ(cache.drop_idle(), 4U);
  EXPECT_EQ(open_descriptors(), before + 1);
  EXPECT_EQ(*cache.open(dir / "0"), used);
}

TEST(SysFileCache, ClosesIdleFilesAndRetriesIfDescriptorsRunOut) {
  TempDir dir;
  FileCache cache(10);
  ASSERT_TRUE(cache.open(write_file(dir / "idle", 10)).ok());
  write_file(dir / "wanted", 10);
  for (const int error : {EMFILE, ENFILE}) {
    Faults faults({{.op = Op::open, .path_substring = "wanted", .value = static_cast<std::uint64_t>(error)}});
    EXPECT_TRUE(cache.open(dir / "wanted").ok());
    EXPECT_EQ(fault_counts().at(0), 1U);
    cache.drop_idle();
  }
  Faults faults({{.op = Op::open, .path_substring = "wanted", .times = 0, .value = EMFILE}});
  const auto failed = cache.open(dir / "wanted");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().sys_errno, EMFILE);
  EXPECT_EQ(fault_counts().at(0), 2U) << "one retry, not more";
}

TEST(SysFileCache, SurvivesARealDescriptorLimit) {
  TempDir dir;
  FileCache cache(1000);
  for (int i = 0; i < 60; ++i) write_file(dir / std::to_string(i), 10);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = open_descriptors() + 20;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  int failures = 0;
  for (int i = 0; i < 60; ++i) failures += cache.open(dir / std::to_string(i)).ok() ? 0 : 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(failures, 0);
}

TEST(SysFileCache, TenThousandOpensLeakNoDescriptor) {
  TempDir dir;
  const std::size_t before = open_descriptors();
  {
    FileCache cache(16);
    for (int i = 0; i < 100; ++i) write_file(dir / std::to_string(i), 10);
    for (int i = 0; i < 10000; ++i) {
      const auto file = cache.open(dir / std::to_string(i * 7 % 100));
      ASSERT_TRUE(file.ok());
      if (i % 50 == 0) {
        ASSERT_TRUE((*file)->mapping().ok());
      }
    }
    EXPECT_LE(open_descriptors(), before + 16);
    EXPECT_LE(cache.kept(), 16U);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SysFileCache, ManyThreadsShareTheCacheWhileFilesChange) {
  TempDir dir;
  const std::size_t before = open_descriptors();
  {
    FileCache cache(3);
    for (int i = 0; i < 8; ++i) write_file(dir / std::to_string(i), 100);
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 500; ++i) {
          const auto file = cache.open(dir / std::to_string((i * 5 + t) % 8));
          std::byte first{};
          if (!file.ok() || pread_full((*file)->fd(), &first, 1, 0, (*file)->path()).value() != 1) wrong.fetch_add(1);
          if (i % 100 == 0) cache.drop_idle();
          if (i % 90 == 0) cache.set_capacity(static_cast<std::size_t>(1 + i % 5));
        }
      });
    }
    for (int i = 0; i < 50; ++i) {
      write_file(dir / "new", 100);
      std::filesystem::rename(dir / "new", dir / std::to_string(i % 8));
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong.load(), 0);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SysOpenFile, ReplacesAFaultedMappingAndKeepsTheOldOnePoisoned) {
  TempDir dir;
  FileCache cache(4);
  const std::string path = write_file(dir / "a", 1 << 16);
  const auto file = *cache.open(path);
  const auto first = *file->mapping();
  EXPECT_EQ(*file->mapping(), first);
  ASSERT_EQ(::truncate(path.c_str(), 0), 0);
  EXPECT_EQ(MappedAccess(first, file->fd()).bytes()[1 << 15], std::byte{0});
  EXPECT_TRUE(first->faulted());
  const auto second = file->mapping();
  ASSERT_FALSE(second.ok()) << "the file is shorter than it was when it was opened";
  EXPECT_EQ(second.error().kind, ErrorKind::changed);
}

TEST(SysOpenFile, RevalidationNamesTheDifference) {
  TempDir dir;
  FileCache cache(4);
  const std::string path = write_file(dir / "a", 100);
  const auto file = *cache.open(path);
  EXPECT_TRUE(revalidate(*file, file->id()).ok());
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  EXPECT_TRUE(revalidate(*file, file->id()).ok()) << "a chmod changes no byte";

  const auto message = [&](auto change) {
    FileId expected = file->id();
    change(expected);
    const Status status = revalidate(*file, expected);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::changed);
    EXPECT_EQ(status.error().path, path);
    return status.error().message;
  };
  EXPECT_NE(message([](FileId& id) { id.device += 1; }).find("device"), std::string::npos);
  EXPECT_NE(message([](FileId& id) { id.inode += 1; }).find("inode"), std::string::npos);
  EXPECT_NE(message([](FileId& id) { id.size = 99; }).find("from 99 to 100"), std::string::npos);
  EXPECT_NE(message([](FileId& id) { id.mtime_ns -= 1; }).find("modification"), std::string::npos);
  std::filesystem::remove(path);
  EXPECT_EQ(revalidate(*file, file->id()).error().kind, ErrorKind::changed);
}

TEST(SysOpenFile, KnowsIfItsFileSystemKeepsFilesInMemory) {
  FileCache cache(4);
  EXPECT_FALSE((*cache.open("/proc/self/status"))->in_memory());
  struct statfs fs {};
  if (::statfs("/dev/shm", &fs) != 0 || fs.f_type != TMPFS_MAGIC) GTEST_SKIP() << "SKIP: /dev/shm is no tmpfs";
  const std::string path = "/dev/shm/posix-par-test-" + std::to_string(::getpid());
  const auto file = *cache.open(write_file(path, 100));
  ::unlink(path.c_str());
  EXPECT_TRUE(file->in_memory());
  EXPECT_TRUE(file->in_memory());
}

TEST(SysOpenFile, ResidencyIsVisibleToTheOwner) {
  TempDir dir;
  FileCache cache(4);
  const auto file = *cache.open(write_file(dir / "a", 100));
  EXPECT_TRUE(file->residency_visible());
  EXPECT_TRUE(file->residency_visible());
}

TEST(SysDirectory, OpensChildrenAfterARename) {
  TempDir dir;
  std::filesystem::create_directories(dir / "tiles/sub");
  write_file(dir / "tiles/0", 11);
  write_file(dir / "tiles/sub/1", 12);
  const auto tiles = Directory::open(dir / "tiles");
  ASSERT_TRUE(tiles.ok());
  std::filesystem::rename(dir / "tiles", dir / "moved");
  const auto child = (*tiles)->open_child("0");
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(stat_fd(child->get(), "0")->size, 11U);
  EXPECT_TRUE((*tiles)->open_child("sub/1").ok());
  const auto absent = (*tiles)->open_child("2");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().sys_errno, ENOENT);
  EXPECT_EQ(absent.error().path, dir / "tiles/2");
}

TEST(SysDirectory, RefusesFilesThatAreNoDirectory) {
  TempDir dir;
  EXPECT_EQ(Directory::open(write_file(dir / "a", 1)).error().sys_errno, ENOTDIR);
  EXPECT_EQ(Directory::open(dir / "absent").error().sys_errno, ENOENT);
}

TEST(SysDirectory, RetriesAChildIfDescriptorsRunOut) {
  TempDir dir;
  write_file(dir / "child", 1);
  const auto directory = *Directory::open(dir.path());
  Faults faults({{.op = Op::open, .path_substring = "child", .value = EMFILE}});
  EXPECT_TRUE(directory->open_child("child").ok());
}

}  // namespace
}  // namespace posixpar::sys
