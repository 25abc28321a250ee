#include "native/sys/roots.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "native/sys/file_cache.h"
#include "native/sys/hooks.h"
#include "native/sys/open_file.h"
#include "test/native/sys_support.h"

namespace posixpar::sys {
namespace {

using test::Faults;
using test::TempDir;
using test::write_file;

class SysRoots : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(root_ + "/sub");
    write_file(root_ + "/sub/in.bin", 10);
    write_file(dir_ / "out.bin", 20);
    std::filesystem::create_symlink("sub/in.bin", root_ + "/link");
    std::filesystem::create_symlink("../out.bin", root_ + "/out");
    std::filesystem::create_symlink(root_ + "/sub/in.bin", root_ + "/absolute");
    std::filesystem::create_symlink("circle", root_ + "/circle");
    auto roots = Roots::open({root_});
    ASSERT_TRUE(roots.ok()) << roots.error().message;
    roots_ = std::move(*roots);
  }
  /// Returns the size of the file at `path`, or minus the errno.
  std::int64_t outcome(const std::string& path) {
    auto fd = roots_->open(path, 0);
    if (!fd.ok()) {
      EXPECT_EQ(fd.error().kind == ErrorKind::refused, fd.error().sys_errno == EXDEV);
      EXPECT_EQ(fd.error().path, path);
      return -fd.error().sys_errno;
    }
    const auto id = stat_fd(fd->get(), path);
    const auto found = roots_->stat(path);
    EXPECT_TRUE(id.ok() && found.ok() && *found == *id);
    return static_cast<std::int64_t>(id->size);
  }

  TempDir dir_;
  std::string root_ = dir_ / "root";
  std::shared_ptr<const Roots> roots_;
};

TEST_F(SysRoots, OpensOnlyFilesBeneathTheRoots) {
  EXPECT_EQ(outcome(root_ + "/sub/in.bin"), 10);
  EXPECT_EQ(outcome(root_ + "/sub/../sub/in.bin"), 10);
  EXPECT_EQ(outcome(root_ + "//link"), 10);
  EXPECT_EQ(outcome(root_ + "/absent"), -ENOENT);
  EXPECT_EQ(outcome(root_ + "/sub/in.bin/x"), -ENOTDIR);
  EXPECT_EQ(outcome(root_ + "/out"), -EXDEV);
  EXPECT_EQ(outcome(root_ + "/absolute"), -EXDEV);
  EXPECT_EQ(outcome(root_ + "/circle"), -EXDEV);
  EXPECT_EQ(outcome(root_ + "/../out.bin"), -EXDEV);
  EXPECT_EQ(outcome(root_ + "-not/in.bin"), -EXDEV);
  EXPECT_EQ(outcome("/etc/passwd"), -EXDEV);
  EXPECT_EQ(outcome("sub/in.bin"), -EXDEV);
  EXPECT_EQ(outcome(""), -EXDEV);
}

TEST_F(SysRoots, TheRootOfTheFileSystemContainsAllButLinksOfProc) {
  roots_ = std::move(*Roots::open({"/"}));
  EXPECT_EQ(outcome(root_ + "/sub/in.bin"), 10);
  EXPECT_EQ(outcome("/proc/self/fd/0"), -EXDEV);
  EXPECT_EQ(outcome("/proc/self/exe"), -EXDEV);
}

TEST_F(SysRoots, ARootStaysTheDirectoryThatWasOpened) {
  std::filesystem::rename(root_, dir_ / "moved");
  std::filesystem::create_directories(root_ + "/sub");
  write_file(root_ + "/sub/in.bin", 33);
  EXPECT_EQ(outcome(root_ + "/sub/in.bin"), 10);
}

TEST_F(SysRoots, RetriesAfterConcurrentRenamesUpToALimit) {
  {
    const Faults faults({{.op = Op::openat2, .times = 5, .action = FaultAction::error, .value = EAGAIN}});
    EXPECT_EQ(outcome(root_ + "/link"), 10);
  }
  const Faults faults({{.op = Op::openat2, .times = 0, .action = FaultAction::error, .value = EAGAIN}});
  EXPECT_EQ(roots_->open(root_ + "/link", 0).error().sys_errno, EAGAIN);
}

TEST_F(SysRoots, ReportsARefusedSystemCallAsUnsupported) {
  for (const int refused : {ENOSYS, EPERM}) {
    const Faults faults(
        {{.op = Op::openat2, .times = 0, .action = FaultAction::error, .value = static_cast<std::uint64_t>(refused)}});
    const auto roots = Roots::open({root_});
    ASSERT_FALSE(roots.ok());
    EXPECT_EQ(roots.error().kind, ErrorKind::unsupported);
    EXPECT_NE(roots.error().message.find("openat2"), std::string::npos);
    EXPECT_EQ(roots.error().path, root_);
  }
}

TEST_F(SysRoots, DoesNotShareOpenFilesWithCallersThatHaveRoots) {
  const std::string out = root_ + "/out";
  const auto anywhere = FileCache::instance().open(out);
  ASSERT_TRUE(anywhere.ok());
  const auto confined = FileCache::instance().open(out, nullptr, roots_);
  ASSERT_FALSE(confined.ok());
  EXPECT_EQ(confined.error().kind, ErrorKind::refused);
  const auto inside = FileCache::instance().open(root_ + "/link", nullptr, roots_);
  ASSERT_TRUE(inside.ok());
  EXPECT_NE(FileCache::instance().open(root_ + "/link").value(), *inside);
}

TEST_F(SysRoots, ADirectoryOpensItsChildrenBeneathTheRoots) {
  auto directory = Directory::open(root_ + "/sub", roots_);
  ASSERT_TRUE(directory.ok());
  EXPECT_TRUE((*directory)->open_child("in.bin").ok());
  std::filesystem::create_symlink("../link", root_ + "/sub/up");
  std::filesystem::create_symlink("../../out.bin", root_ + "/sub/out");
  EXPECT_TRUE((*directory)->open_child("up").ok());
  EXPECT_EQ((*directory)->open_child("out").error().kind, ErrorKind::refused);
  EXPECT_EQ((*directory)->open_child("absent").error().sys_errno, ENOENT);
}

TEST_F(SysRoots, NeverFollowsALinkOutOfTheRootsDuringAnExchange) {
  const std::string target = root_ + "/raced";
  write_file(target, 10);
  std::atomic<bool> stop{false};
  std::thread renamer([&] {
    while (!stop) {
      std::filesystem::create_symlink("../out.bin", target + ".next");
      std::filesystem::rename(target + ".next", target);
      write_file(target + ".next", 10);
      std::filesystem::rename(target + ".next", target);
    }
  });
  for (int i = 0; i < 2000; i++) {
    const auto fd = roots_->open(target, 0);
    if (!fd.ok()) {
      EXPECT_EQ(fd.error().kind, ErrorKind::refused);
      continue;
    }
    EXPECT_EQ(stat_fd(fd->get(), target)->size, 10U);
  }
  stop = true;
  renamer.join();
}

}  // namespace
}  // namespace posixpar::sys
