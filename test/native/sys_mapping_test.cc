#include "native/sys/mapping.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "native/sys/sigbus_guard.h"
#include "native/sys/storage.h"
#include "test/native/sys_support.h"

namespace posixpar::sys {
namespace {

using test::TempDir;
using test::write_file;

constexpr std::size_t kSize = 1 << 20;

struct Mapped {
  UniqueFd fd;
  FileId id;
  std::shared_ptr<Mapping> mapping;
};

Mapped map(const std::string& path) {
  auto fd = open_at(AT_FDCWD, path.c_str(), 0, path);
  EXPECT_TRUE(fd.ok());
  const FileId id = *stat_fd(fd->get(), path);
  auto mapping = Mapping::create(fd->get(), id, path, MappingAdvice::random);
  EXPECT_TRUE(mapping.ok());
  return {std::move(*fd), id, mapping.ok() ? *mapping : nullptr};
}

std::uint64_t sum(std::span<const std::byte> bytes) {
  std::uint64_t total = 0;
  for (const std::byte b : bytes) total += std::to_integer<std::uint64_t>(b);
  return total;
}

std::uint64_t expected_sum(std::size_t begin, std::size_t end) {
  std::uint64_t total = 0;
  for (std::size_t i = begin; i < end; ++i) total += std::to_integer<std::uint64_t>(test::expected_byte(i));
  return total;
}

TEST(SysMapping, ReadsTheFile) {
  TempDir dir;
  const Mapped m = map(write_file(dir / "a", kSize + 5));
  MappedAccess access(m.mapping, m.fd.get());
  EXPECT_EQ(access.bytes().size(), kSize + 5);
  EXPECT_EQ(sum(access.bytes()), expected_sum(0, kSize + 5));
  EXPECT_FALSE(access.faulted());
  EXPECT_TRUE(access.finish().ok());
}

TEST(SysMapping, ReportsATruncationUnderTheMapping) {
  TempDir dir;
  const std::string path = write_file(dir / "a", kSize);
  const Mapped m = map(path);
  MappedAccess access(m.mapping, m.fd.get());
  ASSERT_EQ(::truncate(path.c_str(), kSize / 2), 0);
  EXPECT_EQ(sum(access.bytes().first(kSize / 2)), expected_sum(0, kSize / 2));
  EXPECT_FALSE(access.faulted());
  EXPECT_EQ(sum(access.bytes()), expected_sum(0, kSize / 2)) << "what is gone reads as zeros";
  EXPECT_TRUE(access.faulted());
  const Status status = access.finish();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::eof);
  EXPECT_EQ(status.error().path, path);
  EXPECT_EQ(status.error().offset, kSize / 2);
  EXPECT_EQ(status.error().length, kSize / 2);
}

TEST(SysMapping, ReportsATruncationWhenReadingBackwards) {
  TempDir dir;
  const std::string path = write_file(dir / "a", kSize);
  const Mapped m = map(path);
  MappedAccess access(m.mapping, m.fd.get());
  ASSERT_EQ(::truncate(path.c_str(), 0), 0);
  std::uint64_t total = 0;
  for (std::size_t i = kSize; i-- > 0;) total += std::to_integer<std::uint64_t>(access.bytes()[i]);
  EXPECT_EQ(total, 0U);
  EXPECT_EQ(access.finish().error().kind, ErrorKind::eof);
}

TEST(SysMapping, DetectsATruncationInsideTheLastPageWithoutASignal) {
  TempDir dir;
  const std::string path = write_file(dir / "a", kSize);
  const Mapped m = map(path);
  MappedAccess access(m.mapping, m.fd.get());
  ASSERT_EQ(::truncate(path.c_str(), kSize - 1), 0);
  EXPECT_EQ(access.bytes()[kSize - 1], std::byte{0});
  EXPECT_FALSE(access.faulted());
  EXPECT_EQ(access.finish().error().kind, ErrorKind::eof);
}

TEST(SysMapping, DetectsThatAMappedFileWasModified) {
  TempDir dir;
  const std::string path = write_file(dir / "a", kSize);
  const Mapped m = map(path);
  MappedAccess access(m.mapping, m.fd.get());
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // The kernel's file timestamps advance every few ms.
  std::ofstream(path, std::ios::in | std::ios::binary).write("x", 1);
  EXPECT_EQ(access.finish().error().kind, ErrorKind::changed);
}

TEST(SysMapping, EveryThreadThatReadsAFaultedMappingGetsAnError) {
  TempDir dir;
  const std::string path = write_file(dir / "a", kSize);
  const Mapped m = map(path);
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      MappedAccess access(m.mapping, m.fd.get());
      ready.fetch_add(1);
      while (!go.load()) std::this_thread::yield();
      EXPECT_EQ(sum(access.bytes().last(kSize / 4)), 0U);
      if (access.faulted() && !access.finish().ok()) failed.fetch_add(1);
    });
  }
  while (ready.load() < 4) std::this_thread::yield();
  ASSERT_EQ(::truncate(path.c_str(), 4096), 0);
  go.store(true);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed.load(), 4);
}

TEST(SysMapping, AFaultInOneMappingDoesNotAffectOthers) {
  TempDir dir;
  const std::string path = write_file(dir / "victim", kSize);
  const Mapped victim = map(path);
  std::vector<Mapped> others;
  for (int i = 0; i < 600; ++i) others.push_back(map(write_file(dir / ("f" + std::to_string(i)), 5000)));
  ASSERT_EQ(::truncate(path.c_str(), 0), 0);
  EXPECT_EQ(sum(MappedAccess(victim.mapping, victim.fd.get()).bytes()), 0U);
  EXPECT_TRUE(victim.mapping->faulted());
  for (const Mapped& other : others) {
    MappedAccess access(other.mapping, other.fd.get());
    EXPECT_EQ(sum(access.bytes()), expected_sum(0, 5000));
    EXPECT_TRUE(access.finish().ok());
  }
}

TEST(SysMapping, MappingsAreCreatedAndDestroyedWhileAnotherFaults) {
  TempDir dir;
  const std::string stable = write_file(dir / "stable", 8192);
  std::atomic<bool> stop{false};
  std::vector<std::thread> churn;
  for (int t = 0; t < 2; ++t) {
    churn.emplace_back([&] {
      while (!stop.load()) {
        const Mapped m = map(stable);
        MappedAccess access(m.mapping, m.fd.get());
        EXPECT_EQ(sum(access.bytes()), expected_sum(0, 8192));
        EXPECT_TRUE(access.finish().ok());
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    const std::string path = write_file(dir / "victim", 64 << 10);
    const Mapped m = map(path);
    ASSERT_EQ(::truncate(path.c_str(), 0), 0);
    MappedAccess access(m.mapping, m.fd.get());
    EXPECT_EQ(sum(access.bytes()), 0U);
    EXPECT_EQ(access.finish().error().kind, ErrorKind::eof);
  }
  stop.store(true);
  for (std::thread& thread : churn) thread.join();
}

TEST(SysMapping, RefusesFilesThatCannotBeMapped) {
  TempDir dir;
  const std::string empty = write_file(dir / "empty", 0);
  auto fd = open_at(AT_FDCWD, empty.c_str(), 0, empty);
  EXPECT_EQ(Mapping::create(fd->get(), *stat_fd(fd->get(), empty), empty).error().kind, ErrorKind::invalid);
  const std::string path = write_file(dir / "a", 100);
  auto a = open_at(AT_FDCWD, path.c_str(), 0, path);
  FileId id = *stat_fd(a->get(), path);
  id.size = 101;
  EXPECT_EQ(Mapping::create(a->get(), id, path).error().kind, ErrorKind::changed);
  id.size = ~std::uint64_t{0};
  EXPECT_FALSE(Mapping::create(a->get(), id, path).ok());
  test::Faults faults({{.op = Op::mmap, .path_substring = "/a", .value = ENOMEM}});
  id.size = 100;
  EXPECT_EQ(Mapping::create(a->get(), id, path).error().sys_errno, ENOMEM);
  EXPECT_TRUE(Mapping::create(a->get(), id, path).ok());
}

// The remaining tests change signal handlers. Each runs in a forked child that exits without destructors.

/// Maps a file without a Mapping, truncates it, and returns an address whose access raises SIGBUS.
volatile char* foreign_fault(const TempDir& dir) {
  const std::string path = write_file(dir / "foreign", 4096);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  void* const memory = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
  if (::truncate(path.c_str(), 0) != 0) ::_exit(99);
  return static_cast<volatile char*>(memory);
}

void exit_17(int) { ::_exit(17); }
void exit_18(int, siginfo_t* info, void*) { ::_exit(info->si_addr != nullptr ? 18 : 98); }

void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(SIGBUS, &action, nullptr);
}

TEST(SysMappingDeathTest, AForeignSigbusReachesThePreviousHandler) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        TempDir dir;
        set_handler(exit_17);
        if (!detail::sigbus_guard_active()) ::_exit(97);
        (void)*foreign_fault(dir);
      },
      testing::ExitedWithCode(17), "");
}

TEST(SysMappingDeathTest, APreviousSigactionHandlerReceivesSiginfo) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        TempDir dir;
        struct sigaction action {};
        action.sa_sigaction = exit_18;
        action.sa_flags = SA_SIGINFO;
        ::sigaction(SIGBUS, &action, nullptr);
        if (!detail::sigbus_guard_active()) ::_exit(97);
        (void)*foreign_fault(dir);
      },
      testing::ExitedWithCode(18), "");
}

TEST(SysMappingDeathTest, AForeignFaultKillsTheProcessAsUsual) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        TempDir dir;
        set_handler(SIG_DFL);
        if (!detail::sigbus_guard_active()) ::_exit(97);
        (void)*foreign_fault(dir);
      },
      testing::KilledBySignal(SIGBUS), "");
}

TEST(SysMappingDeathTest, ASentSigbusKillsTheProcessAsUsual) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        set_handler(SIG_DFL);
        if (!detail::sigbus_guard_active()) ::_exit(97);
        ::kill(::getpid(), SIGBUS);
        ::sleep(5);
      },
      testing::KilledBySignal(SIGBUS), "");
}

TEST(SysMappingDeathTest, ASentSigbusStaysIgnored) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        set_handler(SIG_IGN);
        if (!detail::sigbus_guard_active()) ::_exit(97);
        ::raise(SIGBUS);
        ::_exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(SysMappingDeathTest, RefusesToMapAfterTheHandlerWasReplaced) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        TempDir dir;
        const std::string path = write_file(dir / "a", 100);
        const Mapped before = map(path);
        set_handler(exit_17);
        const auto refused = Mapping::create(before.fd.get(), before.id, path);
        ::_exit(before.mapping && !refused.ok() && refused.error().kind == ErrorKind::unsupported ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace posixpar::sys
