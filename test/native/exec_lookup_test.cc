#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "native/exec/lookup.h"
#include "native/pool/thread_pool.h"
#include "native/sys/hooks.h"
#include "native/sys/roots.h"
#include "test/native/sys_support.h"

namespace posixpar {
namespace {

using namespace std::chrono_literals;

/// Blocks calls of `op` on `path` until the end of the scope, but at most 60 s.
class Held {
 public:
  Held(sys::Op op, const std::string& path) {
    sys::install_faults(
        {{.op = op, .path_substring = path, .times = 0, .action = sys::FaultAction::hold, .value = 60'000}});
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { sys::clear_faults(); }
  void await_call() const {
    while (sys::fault_counts().at(0) == 0) std::this_thread::sleep_for(1ms);
  }
};

/// Joins the threads of the pool after the last test.
class LookupTest : public testing::Test {
 protected:
  static void TearDownTestSuite() { pool::ThreadPool::instance().shutdown(); }
};

std::shared_ptr<Lookup> lookup(LookupKind kind, const std::string& path, std::vector<std::byte>& into) {
  std::vector<LookupItem> items(1);
  items[0].kind = kind;
  items[0].path = path;
  items[0].into = into.data();
  items[0].length = into.size();
  return std::make_shared<Lookup>(std::move(items));
}

TEST_F(LookupTest, ReadsFirstBytesThatDoNotFitIntoOneBuffer) {
  const test::TempDir folder;
  const std::string path = folder / "big";
  const std::vector<char> content = test::pattern(700'001);
  test::write_file(path, content.size());
  std::vector<std::byte> bytes(1'000'000);
  const auto asked = lookup(LookupKind::open, path, bytes);
  asked->start([] {});
  asked->wait();
  ASSERT_FALSE(asked->error().has_value());
  EXPECT_EQ(asked->answers().at(0).bytes, content.size());
  EXPECT_EQ(std::memcmp(bytes.data(), content.data(), content.size()), 0);
}

TEST_F(LookupTest, AnAbandonedLookupDoesNotTouchItsCaller) {
  const test::TempDir folder;
  const std::string path = folder / "held";
  test::write_file(path, 5000);
  for (const sys::Op op : {sys::Op::open, sys::Op::pread}) {
    std::atomic<bool> ended{false};
    std::shared_ptr<Lookup> asked;
    {
      // Freed right after the call is released, so that a sanitizer detects if the lookup still writes to it.
      std::vector<std::byte> bytes(5000);
      const Held held(op, path);
      asked = lookup(LookupKind::open, path, bytes);
      asked->start([&] { ended.store(true); });
      held.await_call();
      asked->abandon();
      EXPECT_FALSE(asked->done());
    }
    asked->wait();
    EXPECT_FALSE(ended.load());
  }
}

TEST_F(LookupTest, ACancelledLookupEndsBeforeItsNextItem) {
  const test::TempDir folder;
  const std::string path = folder / "held";
  test::write_file(path, 100);
  std::shared_ptr<Lookup> asked;
  {
    const Held held(sys::Op::stat, path);
    std::vector<LookupItem> items(64);
    for (LookupItem& item : items) item.path = path;
    asked = std::make_shared<Lookup>(std::move(items));
    asked->start([] {});
    held.await_call();
    asked->cancel();
  }
  asked->wait();
  ASSERT_TRUE(asked->error().has_value());
  EXPECT_EQ(asked->error()->kind, ErrorKind::cancelled);
}

/// Returns true if `kind` of `path` is answered without waiting, after the pool has learned the file system.
bool answered_now(LookupKind kind, const std::string& path, std::vector<std::byte>& into,
                  std::shared_ptr<const sys::Roots> roots = nullptr) {
  std::vector<std::byte> none;
  lookup(LookupKind::stat, path, none)->perform_now();
  std::vector<LookupItem> items(1);
  items[0].kind = kind;
  items[0].path = path;
  items[0].into = into.data();
  items[0].length = into.size();
  return Lookup(std::move(items), std::move(roots)).try_without_waiting();
}

TEST_F(LookupTest, AnswersFromMemoryWithoutWaiting) {
  const test::TempDir folder;
  const std::string path = folder / "cached";
  const std::vector<char> content = test::pattern(300'000);
  test::write_file(path, content.size());
  std::vector<std::byte> bytes(100'000);
  std::vector<std::byte> none;
  lookup(LookupKind::stat, path, none)->perform_now();
  std::vector<LookupItem> items(2);
  for (LookupItem& item : items) item.path = path;
  items[1].kind = LookupKind::slice;
  items[1].offset = -50'000;
  items[1].into = bytes.data();
  items[1].length = bytes.size();
  Lookup asked(std::move(items));
  ASSERT_TRUE(asked.try_without_waiting());
  const auto id = sys::stat_path(path);
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(asked.answers().at(0).id, *id);
  EXPECT_EQ(asked.answers().at(1).id, *id);
  EXPECT_EQ(asked.answers().at(1).bytes, 50'000U);
  EXPECT_EQ(std::memcmp(bytes.data(), content.data() + 250'000, 50'000), 0);
}

TEST_F(LookupTest, LeavesToThePoolWhatMayWait) {
  const test::TempDir folder;
  const std::string path = folder / "file";
  test::write_file(path, 100'000);
  std::vector<std::byte> bytes(1000);
  EXPECT_TRUE(answered_now(LookupKind::slice, path, bytes));
  EXPECT_FALSE(answered_now(LookupKind::open, path, bytes));
  EXPECT_FALSE(answered_now(LookupKind::stat, folder / "absent", bytes));
  EXPECT_FALSE(answered_now(LookupKind::slice, folder / "", bytes));       // A directory.
  EXPECT_FALSE(answered_now(LookupKind::stat, "/proc/self/stat", bytes));  // The file system is not known as local.
  {
    const Held held(sys::Op::pread, "another file");
    EXPECT_FALSE(answered_now(LookupKind::slice, path, bytes));
  }
}

TEST_F(LookupTest, DoesNotLeaveTheRootsWithoutWaiting) {
  const test::TempDir folder;
  std::filesystem::create_directory(folder / "root");
  test::write_file(folder / "root/in", 10);
  test::write_file(folder / "out", 20);
  std::filesystem::create_symlink("../out", folder / "root/link");
  auto roots = sys::Roots::open({folder / "root"});
  ASSERT_TRUE(roots.ok());
  std::vector<std::byte> bytes(10);
  EXPECT_TRUE(answered_now(LookupKind::slice, folder / "root/in", bytes, *roots));
  EXPECT_FALSE(answered_now(LookupKind::slice, folder / "root/link", bytes, *roots));
  EXPECT_FALSE(answered_now(LookupKind::slice, folder / "out", bytes, *roots));
  EXPECT_FALSE(answered_now(LookupKind::slice, folder / "root/../out", bytes, *roots));
}

}  // namespace
}  // namespace posixpar
