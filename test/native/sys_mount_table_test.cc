#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <string>

#include "native/sys/mount_table.h"
#include "test/native/sys_support.h"

namespace posixpar::sys {
namespace {

TEST(MountTable, TheLongestMountPointAboveAPathDecides) {
  const auto mounts = parse_mounts(
      "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
      "30 22 0:30 / /mnt/a rw - fuse.sshfs host: rw\n"
      "31 22 0:31 /sub /mnt/with\\040blank rw - nfs4 server:/x rw\n"
      "32 30 0:32 / /mnt/a/deeper rw - tmpfs tmpfs rw\n"
      "33 22 0:33 / /mnt/a rw - tmpfs over rw\n"
      "not a mount\n"
      "34 22 8:x / /bad rw");
  EXPECT_EQ(mounts.size(), 4U);
  EXPECT_EQ(device_in(mounts, ""), makedev(8, 1));
  EXPECT_EQ(device_in(mounts, "/mnt"), makedev(8, 1));
  EXPECT_EQ(device_in(mounts, "/mnt/ab"), makedev(8, 1));
  EXPECT_EQ(device_in(mounts, "/mnt/a"), makedev(0, 33)) << "the later mount hides the earlier one";
  EXPECT_EQ(device_in(mounts, "/mnt/a/x.npy"), makedev(0, 33));
  EXPECT_EQ(device_in(mounts, "/mnt/a/deeper/x"), makedev(0, 32));
  EXPECT_EQ(device_in(mounts, "/mnt/with blank/x"), makedev(0, 31));
  EXPECT_EQ(device_in(mounts, "/bad/x"), makedev(8, 1));
  EXPECT_EQ(device_in({}, "/x"), 0U);
}

TEST(MountTable, NormalizesPathsLexically) {
  EXPECT_EQ(normal_path("/"), "");
  EXPECT_EQ(normal_path("//a/./b//c/"), "/a/b/c");
  EXPECT_EQ(normal_path("/a/b/../../../c"), "/c");
  EXPECT_EQ(normal_path("/a/.."), "");
}

TEST(MountTable, FindsTheDeviceOfAPathWithoutAccessingItsFileSystem) {
  struct stat root {};
  ASSERT_EQ(::stat("/proc", &root), 0);
  auto& table = MountTable::instance();
  if (table.device_of("/") == 0) GTEST_SKIP() << "no /proc/self/mountinfo";
  EXPECT_EQ(table.device_of("/proc/self"), root.st_dev);
  EXPECT_EQ(table.device_of("."), table.device_of("./does-not-exist"));
  EXPECT_NE(table.device_of("relative"), 0U);
}

}  // namespace
}  // namespace posixpar::sys
