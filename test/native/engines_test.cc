/// Checks that every engine fulfils the contract in native/engines/engine.h.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <random>

#include "native/engines/engine.h"
#include "native/engines/testing.h"
#include "native/sys/access.h"
#include "native/sys/hooks.h"
#include "test/native/sys_support.h"

namespace posixpar {
namespace {

using sys::FaultAction;
using sys::FaultPlan;
using sys::Op;

struct Kind {
  const char* name;
  EngineKind kind;
  bool direct;
  std::uint32_t bounce_min_bytes = 0;
};

class Engines : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    const auto probed = engine(GetParam().kind).probe();
    if (!probed.ok()) GTEST_SKIP() << "SKIP: " << probed.error().message;
  }
  void TearDown() override { sys::clear_faults(); }

  /// Writes a file of `size` bytes and opens it as the engine requires.
  void make(std::size_t size) {
    bytes_.resize(size);
    std::mt19937 random(static_cast<unsigned>(size));
    for (auto& b : bytes_) b = static_cast<std::byte>(random());
    path_ = directory_.path() + "/file";
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes_.data()), static_cast<std::streamsize>(size));
    open();
  }
  void open() {
    file_ = {};
    const int plain = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_GE(plain, 0);
    fd_ = UniqueFd(plain);
    if (GetParam().direct) {
      ASSERT_EQ(::fsync(plain), 0);
      auto direct = sys::reopen(plain, sys::Access::direct, path_);
      if (!direct.ok()) GTEST_SKIP() << "SKIP: no O_DIRECT here: " << direct.error().message;
      fd_ = std::move(*direct);
      const auto alignment = sys::direct_alignment(fd_.get(), path_);
      ASSERT_TRUE(alignment.ok());
      if (alignment->offset_bytes == 0) GTEST_SKIP() << "SKIP: the file does not support direct I/O";
      file_.offset_align = alignment->offset_bytes;
      file_.memory_align = alignment->memory_bytes;
      file_.bounce_min_bytes = GetParam().bounce_min_bytes;
    }
    file_.fd = fd_.get();
    file_.path = &path_;
  }
  std::unique_ptr<Channel> channel(ChannelOptions options = {}) { return engine(GetParam().kind).open(options); }

  Result<std::uint64_t> read(Channel& channel, std::uint64_t offset, std::span<std::byte> into) {
    channel.start(7, {file_, offset, into.size(), into.data()});
    auto done = channel.next();
    EXPECT_EQ(done.tag, 7U);
    return std::move(done.bytes);
  }
  void expect_bytes(Channel& channel, std::uint64_t offset, std::size_t length, std::size_t shift = 0) {
    std::vector<std::byte> memory(length + shift + 8, std::byte{0xA5});
    const auto got = read(channel, offset, {memory.data() + shift, length});
    ASSERT_TRUE(got.ok()) << got.error().message;
    const std::size_t there = offset >= bytes_.size() ? 0 : std::min(length, bytes_.size() - offset);
    ASSERT_EQ(*got, there);
    const std::vector<std::byte> expected(
        bytes_.begin() + static_cast<std::ptrdiff_t>(offset < bytes_.size() ? offset : bytes_.size()),
        bytes_.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset, bytes_.size()) + there));
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), memory.begin() + static_cast<std::ptrdiff_t>(shift)))
        << "at " << offset << " length " << length;
    for (std::size_t i = length + shift; i < memory.size(); i++) EXPECT_EQ(memory[i], std::byte{0xA5});
    for (std::size_t i = 0; i < shift; i++) EXPECT_EQ(memory[i], std::byte{0xA5});
  }

  test::TempDir directory_;
  std::vector<std::byte> bytes_;
  std::string path_;
  UniqueFd fd_;
  ReadFile file_;
};

TEST_P(Engines, ReadAnyExtentAtAnyAddress) {
  make(300'001);
  const auto c = channel();
  for (const std::uint64_t offset :
       {0ULL, 1ULL, 511ULL, 512ULL, 4095ULL, 4096ULL, 4097ULL, 100'000ULL, 299'999ULL, 300'000ULL}) {
    for (const std::size_t length : {1U, 2U, 511U, 512U, 4096U, 8191U, 8192U, 65'536U}) {
      expect_bytes(*c, offset, length, (offset + length) % 5);
    }
  }
}

TEST_P(Engines, ReportShortCountsAtTheEndOfAFile) {
  for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 12'345U}) {
    make(size);
    const auto c = channel();
    expect_bytes(*c, 0, 100'000);
    expect_bytes(*c, size, 10);
    expect_bytes(*c, size + 100'000, 10);
    if (size > 3) expect_bytes(*c, size - 3, 10);
  }
}

TEST_P(Engines, ReadExtentsOfZeroBytes) {
  make(100);
  const auto c = channel();
  std::byte none{};
  const auto got = read(*c, 10, {&none, 0});
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(*got, 0U);
}

TEST_P(Engines, KeepAsManyExtentsInFlightAsTheirDepth) {
  make(1 << 20);
  const auto c = channel({.depth = 32});
  constexpr std::size_t kLength = 3000;
  std::vector<std::vector<std::byte>> memory(300, std::vector<std::byte>(kLength));
  std::mt19937 random(3);
  std::map<std::uint64_t, std::uint64_t> offsets;
  std::size_t started = 0;
  std::size_t ended = 0;
  while (ended < memory.size()) {
    if (started < memory.size() && started - ended < c->depth()) {
      const std::uint64_t offset = random() % (bytes_.size() - kLength);
      offsets[started] = offset;
      c->start(started, {file_, offset, kLength, memory[started].data()});
      started++;
      continue;
    }
    auto done = c->next();
    ASSERT_TRUE(done.bytes.ok());
    ASSERT_EQ(*done.bytes, kLength);
    ASSERT_EQ(offsets.count(done.tag), 1U);
    EXPECT_EQ(std::memcmp(memory[done.tag].data(), bytes_.data() + offsets[done.tag], kLength), 0);
    offsets.erase(done.tag);
    ended++;
  }
}

TEST_P(Engines, ContinueShortReads) {
  if (GetParam().kind == EngineKind::mmap) GTEST_SKIP() << "SKIP: a mapping has no short reads";
  make(50'000);
  for (std::uint64_t most : {1ULL, 7ULL, 512ULL, 4096ULL, 5000ULL}) {
    // The kernel shortens direct reads to whole blocks.
    if (file_.direct()) most = (most + file_.offset_align - 1) / file_.offset_align * file_.offset_align;
    const auto c = channel();
    sys::install_faults(
        {{.op = Op::pread, .path_substring = path_, .times = 3, .action = FaultAction::shorten, .value = most}});
    expect_bytes(*c, 123, 40'000, 3);
  }
}

TEST_P(Engines, RetryInterruptedReads) {
  if (GetParam().kind == EngineKind::mmap) GTEST_SKIP() << "SKIP: a mapping is not interrupted";
  make(50'000);
  const auto c = channel();
  sys::install_faults({{.op = Op::pread, .path_substring = path_, .times = 5, .action = FaultAction::eintr}});
  expect_bytes(*c, 100, 1000);
}

TEST_P(Engines, ReportErrorsOfTheSystem) {
  if (GetParam().kind == EngineKind::mmap) GTEST_SKIP() << "SKIP: a mapping makes no reads";
  make(50'000);
  const auto c = channel();
  sys::install_faults(
      {{.op = Op::pread, .path_substring = path_, .times = 1, .action = FaultAction::error, .value = EIO}});
  std::vector<std::byte> memory(5000);
  const auto got = read(*c, 5001, memory);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().sys_errno, EIO);
  EXPECT_EQ(got.error().path, path_);
  // The error names the range of the extent, not of the blocks around it.
  EXPECT_EQ(got.error().offset, 5001U);
  EXPECT_EQ(got.error().length, 5000U);
  sys::clear_faults();
  expect_bytes(*c, 5000, 5000);  // The channel is still usable.
}

TEST_P(Engines, NoticeThatAFileShrinks) {
  make(100'000);
  const auto c = channel();
  expect_bytes(*c, 90'000, 5000);
  ASSERT_EQ(::truncate(path_.c_str(), 50'000), 0);
  bytes_.resize(50'000);
  expect_bytes(*c, 45'000, 10'000);
  expect_bytes(*c, 90'000, 5000);
}

TEST_P(Engines, NoticeThatAFileGrows) {
  make(10'000);
  const auto c = channel();
  expect_bytes(*c, 9000, 5000);
  {
    std::ofstream more(path_, std::ios::binary | std::ios::app);
    std::vector<std::byte> extra(10'000, std::byte{0x5A});
    more.write(reinterpret_cast<const char*>(extra.data()), 10'000);
    bytes_.insert(bytes_.end(), extra.begin(), extra.end());
  }
  expect_bytes(*c, 9000, 5000);
  expect_bytes(*c, 19'990, 100);
}

TEST_P(Engines, CountBytesAndSystemCalls) {
  make(100'000);
  const auto c = channel();
  expect_bytes(*c, 4096, 8192);
  EXPECT_GE(c->counters().bytes_read, 8192U);
  EXPECT_GE(c->counters().system_calls, 1U);
  EXPECT_EQ(c->counters().bytes_direct, GetParam().direct ? c->counters().bytes_read : 0U);
}

TEST_P(Engines, EvictOnlyThePagesThatTheyAdded) {
  if (GetParam().kind == EngineKind::mmap) GTEST_SKIP() << "SKIP: the cache policy is not for mappings";
  make(1 << 20);
  const int plain = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  const UniqueFd owner(plain);
  ASSERT_EQ(::fsync(plain), 0);
  const auto cached = [&](std::uint64_t from, std::uint64_t bytes) -> std::uint64_t {
    const auto state = sys::cache_state(plain, from, bytes, path_);
    return state.ok() ? state->cached_pages : ~std::uint64_t{0};
  };
  if (cached(0, 0) == ~std::uint64_t{0}) GTEST_SKIP() << "SKIP: no cachestat here";
  for (const CachePolicy policy : {CachePolicy::drop, CachePolicy::dontcache}) {
    ASSERT_EQ(::posix_fadvise(plain, 0, 0, POSIX_FADV_DONTNEED), 0);
    if (cached(0, 0) != 0) GTEST_SKIP() << "SKIP: this file system keeps the pages of files";
    ASSERT_EQ(::posix_fadvise(plain, 0, 0, POSIX_FADV_RANDOM), 0);
    std::vector<std::byte> page(4096);
    ASSERT_EQ(::pread(plain, page.data(), page.size(), 8192), 4096);  // A page that another reader cached.
    sys::advise(fd_.get(), sys::Access::random, path_);
    const auto c = channel({.cache = policy});
    expect_bytes(*c, 262'144, 262'144);
    EXPECT_EQ(cached(262'144, 262'144), 0U);
    expect_bytes(*c, 0, 65'536);
    EXPECT_GE(cached(8192, 4096), 1U);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Engines,
                         ::testing::Values(Kind{"pread", EngineKind::pread, false},
                                           Kind{"direct", EngineKind::direct, true},
                                           Kind{"uring", EngineKind::uring, false},
                                           Kind{"directBounced", EngineKind::direct, true, 4096},
                                           Kind{"uringDirect", EngineKind::uring_direct, true},
                                           Kind{"uringDirectBounced", EngineKind::uring_direct, true, 4096},
                                           Kind{"mmap", EngineKind::mmap, false}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(EnginesForTests, MemoryIsAFile) {
  const std::vector<std::byte> file(100, std::byte{3});
  const auto c = open_mem(file);
  std::vector<std::byte> into(50);
  c->start(1, {{}, 80, 50, into.data()});
  const auto done = c->next();
  ASSERT_TRUE(done.bytes.ok());
  EXPECT_EQ(*done.bytes, 20U);
}

TEST(EnginesForTests, TheFaultyEngineFollowsItsPlan) {
  const std::vector<std::byte> file(100, std::byte{3});
  Error broken;
  broken.sys_errno = EIO;
  const auto c = open_faulty(open_mem(file), 3,
                             {{.extent = 1, .error = broken, .most = {}}, {.extent = 2, .error = {}, .most = 5}});
  std::vector<std::byte> into(30);
  for (std::uint64_t i = 0; i < 3; i++) c->start(i, {{}, 0, 10, into.data() + 10 * i});
  EXPECT_EQ(*c->next().bytes, 5U);
  EXPECT_FALSE(c->next().bytes.ok());
  EXPECT_EQ(*c->next().bytes, 10U);
}

TEST(EnginesUring, FallBackToPreadIfTheRingIsRefused) {
  test::TempDir directory;
  std::string path = directory.path() + "/file";
  std::ofstream(path) << "hello";
  sys::install_faults({{.op = Op::uring_setup, .times = 0, .action = FaultAction::error, .value = EPERM}});
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  // This depth is greater than the depth of any ring that this thread may have cached.
  const auto c = engine(EngineKind::uring).open({.depth = 1000});
  std::vector<std::byte> into(5);
  c->start(1, {{.fd = fd.get(), .path = &path}, 0, 5, into.data()});
  const auto done = c->next();
  sys::clear_faults();
  EXPECT_EQ(c->depth(), 1U);
  ASSERT_TRUE(done.bytes.ok());
  EXPECT_EQ(std::memcmp(into.data(), "hello", 5), 0);
}

TEST(EnginesUring, RetryIfTheQueueIsFullAndReportOtherErrors) {
  if (!engine(EngineKind::uring).probe().ok()) GTEST_SKIP() << "SKIP: no io_uring";
  test::TempDir directory;
  std::string path = directory.path() + "/file";
  std::ofstream(path) << std::string(100'000, 'x');
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const ReadFile file{.fd = fd.get(), .path = &path};
  std::vector<std::byte> into(8 * 1000);
  for (const int refusal : {EAGAIN, EBUSY, EINTR, EFAULT}) {
    const auto c = engine(EngineKind::uring).open({.depth = 8});
    sys::install_faults({{.op = Op::uring_enter,
                          .times = 3,
                          .action = FaultAction::error,
                          .value = static_cast<std::uint64_t>(refusal)}});
    for (std::uint64_t i = 0; i < 8; i++) c->start(i, {file, i * 1000, 1000, into.data() + i * 1000});
    for (std::uint64_t i = 0; i < 8; i++) {
      const auto done = c->next();
      if (refusal == EFAULT)
        EXPECT_EQ(done.bytes.error().sys_errno, EFAULT);
      else
        EXPECT_TRUE(done.bytes.ok());
    }
    sys::clear_faults();
  }
}

}  // namespace
}  // namespace posixpar
