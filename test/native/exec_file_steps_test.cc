// Performs lists of steps that change files. Checks their effects, and which files are removed after a failure.
#include <gtest/gtest.h>

#include "native/exec/write/file_steps.h"
#include "test/native/write_support.h"

namespace posixpar {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

FileStep step(FileStepKind kind, const std::string& path = {}, const std::string& to = {}) {
  FileStep step;
  step.kind = kind;
  step.path = path;
  step.to = to;
  return step;
}

std::optional<Error> perform(std::vector<FileStep> steps) {
  return test::run(std::make_shared<FileSteps>(std::move(steps), nullptr));
}

std::string text(const std::string& path) {
  const auto found = test::content(path);
  return {found.begin(), found.end()};
}

/// Returns the steps that create a file under a temporary name, write and synchronize it, and rename it to `path`.
std::vector<FileStep> steps(const std::string& temporary, const std::string& path, FileStepKind rename) {
  std::vector<FileStep> all{step(FileStepKind::create, temporary), step(FileStepKind::write),
                            step(FileStepKind::resize), step(FileStepKind::sync), step(rename, temporary, path)};
  all[0].size = 8;
  all[0].mode = 0666;
  all[1].size = 2;
  all[1].bytes = bytes_of("new");
  all[2].size = 6;
  return all;
}

TEST(FileSteps, CreateAFileAndGiveItItsName) {
  const test::TempDir folder;
  const auto all = steps(folder / "partial", folder / "file", FileStepKind::rename);
  ASSERT_FALSE(perform(all));
  EXPECT_EQ(text(folder / "file"), std::string("\0\0new\0", 6));
  EXPECT_FALSE(std::filesystem::exists(folder / "partial"));
  const auto error = perform(all);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->sys_errno, EEXIST);
  EXPECT_FALSE(std::filesystem::exists(folder / "partial"));
  EXPECT_FALSE(perform(steps(folder / "partial", folder / "file", FileStepKind::replace)));
}

TEST(FileSteps, RemoveWhatTheyCreatedIfAnyStepFails) {
  const test::TempDir folder;
  for (const sys::Op op : {sys::Op::fallocate, sys::Op::pwrite, sys::Op::ftruncate, sys::Op::sync, sys::Op::rename}) {
    const test::Faults faults({{.op = op, .value = ENOSPC}});
    const auto error = perform(steps(folder / "partial", folder / "file", FileStepKind::rename));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->sys_errno, ENOSPC);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
}

TEST(FileSteps, ExchangeTwoDirectoriesAndRemoveOneWithItsContent) {
  const test::TempDir folder;
  std::filesystem::create_directories(folder / "a/b/c");
  std::filesystem::create_directories(folder / "kept");
  test::write_file(folder / "a/b/c/file", 5);
  test::write_file(folder / "a/file", 5);
  test::write_file(folder / "kept/file", 7);
  std::filesystem::create_directory_symlink(folder / "kept", folder / "a/b/link");
  ASSERT_FALSE(perform(
      {step(FileStepKind::make_directory, folder / "new"), step(FileStepKind::exchange, folder / "new", folder / "a"),
       step(FileStepKind::sync_directory, folder.path()), step(FileStepKind::remove_tree, folder / "new"),
       step(FileStepKind::remove_tree, folder / "new"), step(FileStepKind::remove, folder / "absent")}));
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));
  EXPECT_TRUE(std::filesystem::is_empty(folder / "a"));
  EXPECT_TRUE(std::filesystem::exists(folder / "kept/file"));
}

TEST(FileSteps, ReportWhatTheyCannotRemove) {
  const test::TempDir folder;
  test::write_file(folder / "file", 5);
  const auto no_directory = perform({step(FileStepKind::remove_tree, folder / "file")});
  ASSERT_TRUE(no_directory);
  EXPECT_EQ(no_directory->sys_errno, ENOTDIR);
  std::filesystem::create_directories(folder / "a");
  test::write_file(folder / "a/file", 5);
  const test::Faults faults({{.op = sys::Op::unlink, .value = EACCES}});
  const auto refused = perform({step(FileStepKind::remove_tree, folder / "a")});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->sys_errno, EACCES);
  EXPECT_EQ(refused->path, folder / "a/file");
}

TEST(FileSteps, NeedAnOpenFileToWrite) {
  for (const FileStepKind kind : {FileStepKind::write, FileStepKind::resize, FileStepKind::sync}) {
    const auto error = perform({step(kind)});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind, ErrorKind::invalid);
  }
}

TEST(FileSteps, OpenOnlyRegularFiles) {
  const test::TempDir folder;
  test::write_file(folder / "file", 5);
  const auto list =
      std::make_shared<FileSteps>(std::vector<FileStep>{step(FileStepKind::open, folder / "file")}, nullptr);
  ASSERT_FALSE(test::run(list));
  ASSERT_NE(list->opened(), nullptr);
  const auto error = perform({step(FileStepKind::open, "/dev/null")});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->sys_errno, EINVAL);
}

}  // namespace
}  // namespace posixpar
