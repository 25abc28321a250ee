#include "native/pool/lease_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "native/sys/file.h"
#include "native/sys/lease_signal.h"
#include "test/native/sys_support.h"

namespace posixpar::pool {
namespace {

class LeaseWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    auto lease = take(file("probe"));
    if (!lease.ok() && lease.error().kind == ErrorKind::unsupported) GTEST_SKIP() << lease.error().message;
    ASSERT_TRUE(lease.ok()) << lease.error().message;
    watch_.end(**lease);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return test::write_file(dir_ / name, 100); }

  Result<std::shared_ptr<WatchedLease>> take(const std::string& path) {
    auto fd = sys::open_path(path, O_RDONLY, nullptr);
    if (!fd.ok()) return std::move(fd).error();
    return watch_.take(fd->get(), path, nullptr, broken_);
  }

  /// Opens the file for writing, which breaks its leases. \returns false if they are not released within 20 s.
  static bool can_write(const std::string& path) {
    for (int tries = 0; tries < 20'000; tries++) {
      // Without O_NONBLOCK, a lease that is not released would hold the test for 45 s.
      const int fd = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
      if (fd >= 0) {
        ::close(fd);
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

  test::TempDir dir_;
  std::atomic<bool> broken_{false};
  LeaseWatch watch_;
};

TEST_F(LeaseWatchTest, ReleasesABrokenLeaseAndKeepsTheOthers) {
  const std::string one = file("one");
  auto first = take(one);
  auto second = take(file("two"));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE((*first)->check().ok());
  EXPECT_FALSE(broken_);
  EXPECT_TRUE(can_write(one));
  EXPECT_TRUE(broken_);
  const Status status = (*first)->check();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::changed);
  EXPECT_EQ(status.error().path, one);
  EXPECT_TRUE((*second)->check().ok());
  watch_.end(**first);
  watch_.end(**second);
  EXPECT_FALSE((*first)->check().ok());
}

TEST_F(LeaseWatchTest, ReleasesBrokenLeasesIfTheQueueOfSignalsIsFull) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_SIGPENDING, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_SIGPENDING, &none), 0);
  const std::string path = file("full");
  auto lease = take(path);
  EXPECT_TRUE(lease.ok());
  EXPECT_TRUE(can_write(path));
  ::setrlimit(RLIMIT_SIGPENDING, &before);
  EXPECT_TRUE(broken_);
  if (lease.ok()) watch_.end(**lease);
}

TEST_F(LeaseWatchTest, KeepsALeaseIfASignalNamesAnEarlierOneWithItsDescriptor) {
  const std::string path = file("late");
  auto lease = take(path);
  ASSERT_TRUE(lease.ok());
  f_owner_ex owner{};
  ASSERT_EQ(::fcntl((*lease)->descriptor(), F_GETOWN_EX, &owner), 0);
  EXPECT_EQ(owner.type, F_OWNER_TID);
  siginfo_t info{};
  info.si_signo = sys::lease_signal();
  info.si_code = SI_SIGIO;  // The kernel alone may send POLL_MSG.
  info.si_fd = (*lease)->descriptor();
  const int late = 100;
  for (int i = 0; i < late; i++)
    ASSERT_EQ(::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), owner.pid, sys::lease_signal(), &info), 0);
  // The thread handles signals in order: once it has handled the break of a second lease, it has handled all signals
  // above.
  const std::string other = file("other");
  auto next = take(other);
  ASSERT_TRUE(next.ok());
  EXPECT_TRUE(can_write(other));
  EXPECT_TRUE((*lease)->check().ok());
  watch_.end(**next);
  watch_.end(**lease);
}

TEST_F(LeaseWatchTest, FindsALeaseThatWasBrokenBeforeTheThreadKnewIt) {
  const std::string path = file("lost");
  const test::Faults lost({{.op = sys::Op::lease_signal, .times = 0, .action = sys::FaultAction::end}});
  auto lease = take(path);
  ASSERT_TRUE(lease.ok());
  EXPECT_LT(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC), 0);
  EXPECT_FALSE((*lease)->check().ok());
  EXPECT_TRUE(can_write(path));
  watch_.end(**lease);
}

TEST_F(LeaseWatchTest, StopsWithoutLeasesAndStartsAgain) {
  for (int round = 0; round < 50; round++) {
    const std::string path = file("again");
    auto lease = take(path);
    ASSERT_TRUE(lease.ok());
    watch_.stop();  // Does nothing yet.
    EXPECT_TRUE(round % 2 == 0 || can_write(path));
    watch_.end(**lease);
    watch_.stop();
  }
  EXPECT_TRUE(broken_);
}

TEST_F(LeaseWatchTest, ServesManyThreads) {
  std::vector<std::string> paths;
  for (int i = 0; i < 8; i++) paths.push_back(file("shared-" + std::to_string(i)));
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (std::size_t i = 0; !over; i++) EXPECT_TRUE(can_write(paths[i % paths.size()]));
  });
  std::thread stopper([&] {
    while (!over) watch_.stop();
  });
  std::vector<std::thread> readers;
  std::atomic<int> kept{0};
  for (std::size_t r = 0; r < 4; r++) {
    readers.emplace_back([&, r] {
      for (std::size_t i = 0; i < 200; i++) {
        auto lease = take(paths[(i * 3 + r) % paths.size()]);
        // The lease was refused, or broken at once.
        if (!lease.ok()) continue;
        if ((*lease)->check().ok()) kept++;
        watch_.end(**lease);
      }
    });
  }
  for (auto& reader : readers) reader.join();
  over = true;
  writer.join();
  stopper.join();
  EXPECT_GT(kept, 0);
}

}  // namespace
}  // namespace posixpar::pool
