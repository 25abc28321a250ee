#include "native/sys/file.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "native/sys/clock.h"
#include "native/sys/hooks.h"
#include "native/sys/parallelism.h"
#include "native/sys/storage.h"
#include "test/native/sys_support.h"

namespace posixpar::sys {
namespace {

using test::Faults;
using test::TempDir;
using test::write_file;

class SysFile : public testing::Test {
 protected:
  static constexpr std::size_t kSize = 10000;

  void SetUp() override {
    path_ = write_file(dir_ / "data.bin", kSize);
    auto fd = open_at(AT_FDCWD, path_.c_str(), 0, path_);
    ASSERT_TRUE(fd.ok());
    fd_ = std::move(*fd);
  }
  void expect_pattern(std::span<const std::byte> bytes, std::uint64_t offset) {
    for (std::size_t i = 0; i < bytes.size(); ++i) ASSERT_EQ(bytes[i], test::expected_byte(offset + i)) << i;
  }

  TempDir dir_;
  std::string path_;
  UniqueFd fd_;
  std::array<std::byte, kSize + 100> into_{};
};

TEST_F(SysFile, ReadsToTheEndOfTheFileAndReturnsTheCount) {
  const auto got = pread_full(fd_.get(), into_.data(), into_.size(), 4000, path_);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(*got, 6000U);
  expect_pattern({into_.data(), *got}, 4000);
  EXPECT_EQ(into_[6000], std::byte{0});
}

TEST_F(SysFile, ReturnsZeroAtTheEndAndForZeroBytes) {
  EXPECT_EQ(*pread_full(fd_.get(), into_.data(), 10, kSize, path_), 0U);
  EXPECT_EQ(*pread_full(fd_.get(), into_.data(), 10, kSize + 1'000'000, path_), 0U);
  EXPECT_EQ(*pread_full(-1, nullptr, 0, 0, path_), 0U);
}

TEST_F(SysFile, AFailedReadNamesOperationFileOffsetAndLength) {
  const auto got = pread_full(-1, into_.data(), 12, 34, "name.bin");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().kind, ErrorKind::io);
  EXPECT_STREQ(got.error().op, "pread");
  EXPECT_EQ(got.error().sys_errno, EBADF);
  EXPECT_EQ(got.error().path, "name.bin");
  EXPECT_EQ(got.error().offset, 34U);
  EXPECT_EQ(got.error().length, 12U);
  EXPECT_NE(got.error().message.find("descriptor"), std::string::npos);
}

TEST_F(SysFile, AnOffsetBeyondTheSystemCallsTypeIsAnError) {
  const auto got = pread_once(fd_.get(), into_.data(), 1, ~std::uint64_t{0} - 5, Wait::yes, path_);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().sys_errno, EOVERFLOW);
}

TEST_F(SysFile, OpeningAMissingFileReportsENOENTAndThePath) {
  const auto fd = open_at(AT_FDCWD, (dir_ / "absent").c_str(), 0, "the/context");
  ASSERT_FALSE(fd.ok());
  EXPECT_EQ(fd.error().sys_errno, ENOENT);
  EXPECT_EQ(fd.error().path, "the/context");
  EXPECT_STREQ(fd.error().op, "open");
}

TEST_F(SysFile, StatByDescriptorAndByPathAgree) {
  const auto by_fd = stat_fd(fd_.get(), path_);
  const auto by_path = stat_path(path_);
  ASSERT_TRUE(by_fd.ok() && by_path.ok());
  EXPECT_EQ(*by_fd, *by_path);
  EXPECT_EQ(by_fd->size, kSize);
  EXPECT_TRUE(by_fd->regular());
  EXPECT_FALSE(stat_path(dir_.path())->regular());
}

TEST_F(SysFile, OpenedFilesAreClosedOnExec) { EXPECT_NE(::fcntl(fd_.get(), F_GETFD) & FD_CLOEXEC, 0); }

TEST_F(SysFile, ANonblockingReadReturnsDataOrTheReasonWhyNot) {
  const auto got = pread_once(fd_.get(), into_.data(), 100, 50, Wait::no, path_);
  ASSERT_TRUE(got.ok());
  if (got->bytes > 0) {
    EXPECT_FALSE(got->would_block || got->nowait_refused);
    expect_pattern({into_.data(), got->bytes}, 50);
  } else {
    EXPECT_TRUE(got->would_block || got->nowait_refused);
  }
}

TEST_F(SysFile, EagainMeansWouldBlockOnlyForNonblockingReads) {
  Faults faults({{.op = Op::pread, .path_substring = "data", .times = 0, .value = EAGAIN}});
  const auto quick = pread_once(fd_.get(), into_.data(), 10, 0, Wait::no, path_);
  ASSERT_TRUE(quick.ok());
  EXPECT_TRUE(quick->would_block);
  EXPECT_FALSE(pread_once(fd_.get(), into_.data(), 10, 0, Wait::yes, path_).ok());
}

TEST_F(SysFile, RetriesABlockingReadAfterEagain) {
  Faults faults({{.op = Op::pread, .path_substring = "data", .times = 3, .value = EAGAIN}});
  const auto got = pread_once(fd_.get(), into_.data(), 10, 0, Wait::yes, path_);
  ASSERT_TRUE(got.ok());
  expect_pattern({into_.data(), got->bytes}, 0);
}

TEST_F(SysFile, DistinguishesARefusedNowaitFlagFromAnError) {
  for (const int refusal : {EOPNOTSUPP, ENOSYS, EPERM}) {
    Faults faults({{.op = Op::pread, .path_substring = "data", .value = static_cast<std::uint64_t>(refusal)}});
    const auto got = pread_once(fd_.get(), into_.data(), 10, 0, Wait::no, path_);
    ASSERT_TRUE(got.ok()) << refusal;
    EXPECT_TRUE(got->nowait_refused) << refusal;
  }
}

TEST_F(SysFile, AScatteredReadFillsEachBufferInOrder) {
  std::array<std::byte, 7> a{};
  std::array<std::byte, 1000> b{};
  const std::array<iovec, 4> pieces = {iovec{a.data(), a.size()}, iovec{nullptr, 0}, iovec{b.data(), b.size()},
                                       iovec{into_.data(), 20}};
  const auto got = preadv_once(fd_.get(), pieces, 300, Wait::yes, path_);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->bytes, 1027U);
  expect_pattern(a, 300);
  expect_pattern(b, 307);
  expect_pattern({into_.data(), 20}, 1307);
}

TEST_F(SysFile, AScatteredReadCanEndInTheMiddleOfABuffer) {
  std::array<std::byte, 10> a{};
  std::array<std::byte, 10> b{};
  const std::array<iovec, 2> pieces = {iovec{a.data(), a.size()}, iovec{b.data(), b.size()}};
  Faults faults({{.op = Op::pread, .path_substring = "data", .action = FaultAction::shorten, .value = 13}});
  EXPECT_EQ(preadv_once(fd_.get(), pieces, 0, Wait::yes, path_)->bytes, 13U);
  expect_pattern({b.data(), 3}, 10);
  EXPECT_EQ(b[3], std::byte{0});
}

TEST_F(SysFile, AReadThatIsShortenedRepeatedlyReturnsEveryByte) {
  for (std::uint64_t cut = 1; cut <= 300; ++cut) {
    Faults faults(
        {{.op = Op::pread, .path_substring = "data", .times = 0, .action = FaultAction::shorten, .value = cut}});
    into_.fill(std::byte{0xff});
    ASSERT_EQ(*pread_full(fd_.get(), into_.data(), 300, 123, path_), 300U);
    expect_pattern({into_.data(), 300}, 123);
    ASSERT_EQ(fault_counts().at(0), (300 + cut - 1) / cut);
  }
}

TEST_F(SysFile, RetriesAnInterruptedCall) {
  Faults faults({{.op = Op::pread, .path_substring = "data", .times = 3, .action = FaultAction::eintr},
                 {.op = Op::fstat, .path_substring = "data", .times = 2, .action = FaultAction::eintr},
                 {.op = Op::stat, .path_substring = "data", .action = FaultAction::eintr},
                 {.op = Op::open, .path_substring = "data", .action = FaultAction::eintr}});
  EXPECT_EQ(*pread_full(fd_.get(), into_.data(), 10, 0, path_), 10U);
  EXPECT_TRUE(stat_fd(fd_.get(), path_).ok());
  EXPECT_TRUE(stat_path(path_).ok());
  EXPECT_TRUE(open_at(AT_FDCWD, path_.c_str(), 0, path_).ok());
  EXPECT_EQ(fault_counts(), (std::vector<std::uint64_t>{3, 2, 1, 1}));
}

TEST_F(SysFile, AFaultAppliesOnlyToMatchingCalls) {
  Faults faults({{.op = Op::pread,
                  .path_substring = "data",
                  .offset_begin = 1000,
                  .offset_end = 2000,
                  .skip = 1,
                  .times = 1,
                  .action = FaultAction::error,
                  .value = EIO}});
  const auto read = [&](std::uint64_t offset, std::size_t length) {
    return pread_once(fd_.get(), into_.data(), length, offset, Wait::yes, path_).ok();
  };
  EXPECT_TRUE(read(0, 1000));   // Ends where the range of the fault begins.
  EXPECT_TRUE(read(2000, 10));  // Begins where the range ends.
  EXPECT_TRUE(read(1999, 1));   // Matches, but the plan skips the first match.
  EXPECT_FALSE(read(0, 1001));  // Fails.
  EXPECT_TRUE(read(1500, 10));  // The fault applies only once.
  EXPECT_EQ(fault_counts().at(0), 1U);
}

TEST_F(SysFile, AFileThatIsTruncatedJustBeforeAReadEndsThere) {
  Faults faults(
      {{.op = Op::pread, .path_substring = "data", .skip = 1, .action = FaultAction::truncate, .value = 700},
       {.op = Op::pread, .path_substring = "data", .times = 1, .action = FaultAction::shorten, .value = 500}});
  EXPECT_EQ(*pread_full(fd_.get(), into_.data(), kSize, 0, path_), 700U);
  EXPECT_EQ(stat_path(path_)->size, 700U);
}

TEST_F(SysFile, AnEndFaultLooksLikeTheEndOfTheFile) {
  Faults faults({{.op = Op::pread, .path_substring = "data", .action = FaultAction::end}});
  EXPECT_EQ(*pread_full(fd_.get(), into_.data(), 10, 0, path_), 0U);
}

TEST_F(SysFile, ADelayedReadIsComplete) {
  Faults faults({{.op = Op::pread, .path_substring = "data", .action = FaultAction::delay, .value = 20}});
  const std::uint64_t before = monotonic_ns();
  EXPECT_EQ(*pread_full(fd_.get(), into_.data(), 10, 0, path_), 10U);
  EXPECT_GE(monotonic_ns() - before, 20'000'000U);
}

TEST_F(SysFile, ClearedFaultsHaveNoEffect) {
  { Faults faults({{.op = Op::open, .times = 0, .value = EACCES}}); }
  EXPECT_TRUE(open_at(AT_FDCWD, path_.c_str(), 0, path_).ok());
  EXPECT_TRUE(fault_counts().empty());
}

TEST_F(SysFile, FaultsComeAndGoWhileOtherThreadsRead) {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&] {
      std::array<std::byte, 64> bytes{};
      while (!stop.load()) {
        const auto got = pread_full(fd_.get(), bytes.data(), bytes.size(), 77, path_);
        const bool right =
            got.ok() ? *got == bytes.size() && bytes[0] == test::expected_byte(77) : got.error().sys_errno == EIO;
        if (!right) wrong.fetch_add(1);
      }
    });
  }
  for (std::uint64_t i = 0; i < 2000; ++i) {
    install_faults({{.op = Op::pread, .path_substring = "data", .skip = i % 3, .value = EIO},
                    {.op = Op::pread, .action = FaultAction::shorten, .value = 1 + i % 9}});
    if (i % 2 == 0) clear_faults();
  }
  stop.store(true);
  for (std::thread& reader : readers) reader.join();
  clear_faults();
  EXPECT_EQ(wrong.load(), 0U);
}

TEST(SysHooks, RecognisesOnlyNamesOfOperationsAndActions) {
  EXPECT_EQ(op_from_name("open"), Op::open);
  EXPECT_EQ(op_from_name("pread"), Op::pread);
  EXPECT_EQ(op_from_name("fstat"), Op::fstat);
  EXPECT_EQ(op_from_name("stat"), Op::stat);
  EXPECT_EQ(op_from_name("mmap"), Op::mmap);
  EXPECT_FALSE(op_from_name("write").has_value());
  EXPECT_EQ(fault_action_from_name("error"), FaultAction::error);
  EXPECT_EQ(fault_action_from_name("shorten"), FaultAction::shorten);
  EXPECT_EQ(fault_action_from_name("end"), FaultAction::end);
  EXPECT_EQ(fault_action_from_name("eintr"), FaultAction::eintr);
  EXPECT_EQ(fault_action_from_name("hold"), FaultAction::hold);
  EXPECT_EQ(fault_action_from_name("delay"), FaultAction::delay);
  EXPECT_EQ(fault_action_from_name("truncate"), FaultAction::truncate);
  EXPECT_FALSE(fault_action_from_name("").has_value());
}

TEST_F(SysFile, DirectIoAlignmentIsAPowerOfTwoOrNone) {
  const auto alignment = direct_alignment(fd_.get(), path_);
  ASSERT_TRUE(alignment.ok());
  if (alignment->memory_bytes == 0) {
    EXPECT_EQ(alignment->source, AlignmentSource::statx);
  } else {
    EXPECT_EQ(alignment->memory_bytes & (alignment->memory_bytes - 1), 0U);
    EXPECT_GE(alignment->offset_bytes, 512U);
    EXPECT_EQ(alignment->offset_bytes & (alignment->offset_bytes - 1), 0U);
    // An aligned direct read must succeed.
    const auto direct = open_at(AT_FDCWD, path_.c_str(), O_DIRECT, path_);
    if (direct.ok()) {
      void* memory = std::aligned_alloc(std::max<std::size_t>(alignment->memory_bytes, 4096), 65536);
      const auto got =
          pread_once(direct->get(), static_cast<std::byte*>(memory), 65536, alignment->offset_bytes, Wait::yes, path_);
      std::free(memory);
      ASSERT_TRUE(got.ok()) << got.error().message;
      EXPECT_EQ(got->bytes, kSize - alignment->offset_bytes);
    }
  }
  EXPECT_FALSE(direct_alignment(-1, path_).ok());
}

TEST_F(SysFile, TheFileSystemOfProcIsProc) {
  const auto proc = open_at(AT_FDCWD, "/proc/self/stat", 0, "/proc/self/stat");
  ASSERT_TRUE(proc.ok());
  EXPECT_EQ(*filesystem_magic(proc->get(), "/proc"), 0x9fa0U);
}

TEST_F(SysFile, CachestatAndMincoreAgreeOnANewFile) {
  const auto state = cache_state(fd_.get(), 0, kSize, path_);
  if (!state.ok()) {
    EXPECT_EQ(state.error().kind, ErrorKind::unsupported);
    GTEST_SKIP() << "no cachestat(2) here";
  }
  void* memory = ::mmap(nullptr, kSize, PROT_READ, MAP_SHARED, fd_.get(), 0);
  ASSERT_NE(memory, MAP_FAILED);
  const std::size_t pages = (kSize + page_size() - 1) / page_size();
  std::vector<unsigned char> resident(pages);
  ASSERT_TRUE(resident_pages(memory, kSize, resident, path_).ok());
  std::uint64_t count = 0;
  for (const unsigned char r : resident) count += r & 1U;
  EXPECT_EQ(count, state->cached_pages);
  EXPECT_EQ(count, pages);
  EXPECT_FALSE(resident_pages(memory, kSize, {resident.data(), pages - 1}, path_).ok());
  ::munmap(memory, kSize);
}

TEST_F(SysFile, AcceptsAdviceAndRefusesInvalidAdvice) {
  EXPECT_TRUE(advise_file(fd_.get(), 0, 0, POSIX_FADV_RANDOM, path_).ok());
  EXPECT_TRUE(advise_file(fd_.get(), 0, ~std::uint64_t{0}, POSIX_FADV_NORMAL, path_).ok());
  EXPECT_EQ(advise_file(fd_.get(), 0, 0, 12345, path_).error().sys_errno, EINVAL);
  EXPECT_EQ(advise_file(-1, 0, 0, POSIX_FADV_NORMAL, path_).error().sys_errno, EBADF);
  EXPECT_EQ(advise_file(fd_.get(), ~std::uint64_t{0}, 1, POSIX_FADV_NORMAL, path_).error().sys_errno, EOVERFLOW);
}

TEST(SysClock, CpuTimeOfAThreadGrowsWithWorkAndNotWithSleep) {
  const std::uint64_t cpu = thread_cpu_ns();
  const std::uint64_t wall = monotonic_ns();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_LT(thread_cpu_ns() - cpu, 20'000'000U);
  EXPECT_GE(monotonic_ns() - wall, 30'000'000U);
  const std::uint64_t busy_from = thread_cpu_ns();
  volatile std::uint64_t sum = 0;
  while (thread_cpu_ns() - busy_from < 2'000'000) sum = sum + 1;
  EXPECT_GE(thread_cpu_ns() - cpu, 2'000'000U);
}

TEST(SysClock, RunDelayBelongsToTheCallingThreadAndNeverDecreases) {
  const auto first = thread_run_delay_ns();
  if (!first) GTEST_SKIP() << "this kernel keeps no schedstat";
  EXPECT_GE(*thread_run_delay_ns(), *first);
  const std::size_t before = test::open_descriptors();
  for (int i = 0; i < 50; ++i) {
    std::thread([&] {
      const auto own = thread_run_delay_ns();
      EXPECT_TRUE(own.has_value());
      EXPECT_LT(own.value_or(~0ULL), 10'000'000'000U);
    }).join();
  }
  EXPECT_LE(test::open_descriptors(), before);
}

TEST(SysParallelism, AtLeastOneThreadAndNoMoreThanTheAffinityMaskAllows) {
  const unsigned now = available_parallelism();
  EXPECT_GE(now, 1U);
  cpu_set_t all;
  ASSERT_EQ(::sched_getaffinity(0, sizeof all, &all), 0);
  EXPECT_LE(now, static_cast<unsigned>(CPU_COUNT(&all)));
  int first = 0;
  while (!CPU_ISSET(first, &all)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  std::thread([&] {
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(available_parallelism(), 1U);
  }).join();
}

class Cgroups : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) {
    const std::string full = dir_ / path;
    std::filesystem::create_directories(std::filesystem::path(full).parent_path());
    std::ofstream(full) << text;
  }
  unsigned limit() { return cgroup_cpu_limit(dir_ / "list", dir_ / "mount"); }
  TempDir dir_;
};

TEST_F(Cgroups, TheSmallestQuotaOfAllAncestorsAppliesRoundedUp) {
  put("list", "0::/a/b\n");
  put("mount/cpu.max", "max 100000\n");
  put("mount/a/cpu.max", "250000 100000\n");
  put("mount/a/b/cpu.max", "400000 100000\n");
  EXPECT_EQ(limit(), 3U);
}

TEST_F(Cgroups, MissingAndInvalidQuotasAreNoLimit) {
  EXPECT_EQ(limit(), 0U);
  put("list", "0::/\nnonsense\n");
  EXPECT_EQ(limit(), 0U);
  put("mount/cpu.max", "max 100000\n");
  EXPECT_EQ(limit(), 0U);
  put("mount/cpu.max", "-5 0\n");
  EXPECT_EQ(limit(), 0U);
}

TEST_F(Cgroups, VersionOneQuotasAreFoundByController) {
  put("list", "4:memory:/x\n3:cpu,cpuacct:/job\n");
  put("mount/cpu,cpuacct/job/cpu.cfs_quota_us", "150000\n");
  put("mount/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  put("mount/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  put("mount/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(limit(), 2U);
}

}  // namespace
}  // namespace posixpar::sys
