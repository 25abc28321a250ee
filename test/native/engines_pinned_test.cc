/// Tests io_uring with registered result memory and a registered file (ChannelOptions::memory).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "native/engines/engine.h"
#include "native/pool/buffers.h"
#include "native/sys/access.h"
#include "native/sys/unique_fd.h"
#include "test/native/sys_support.h"

namespace posixpar {
namespace {

using test::expected_byte;
using test::TempDir;
using test::write_file;

constexpr std::size_t kBlock = 4096;
constexpr std::size_t kBlocks = 512;

class Pinned : public ::testing::TestWithParam<EngineKind> {
 protected:
  void SetUp() override {
    if (!engine(GetParam()).probe().ok()) GTEST_SKIP() << "SKIP: no io_uring";
    path_ = dir_ / "file";
    write_file(path_, kBlocks * kBlock);
    fd_ = UniqueFd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(::fsync(fd_.get()), 0);
    file_ = {.fd = fd_.get(), .path = &path_, .fd_outlives_chunk = true};
    if (GetParam() == EngineKind::uring_direct) {
      auto direct = sys::reopen(fd_.get(), sys::Access::direct, path_);
      if (!direct.ok()) GTEST_SKIP() << "SKIP: no O_DIRECT here";
      fd_ = std::move(*direct);
      const auto alignment = sys::direct_alignment(fd_.get(), path_);
      ASSERT_TRUE(alignment.ok());
      file_.fd = fd_.get();
      file_.offset_align = alignment->offset_bytes;
      file_.memory_align = alignment->memory_bytes;
    }
    auto memory = pool::BufferPool::instance().acquire(kBlocks * kBlock);
    ASSERT_TRUE(memory.ok());
    memory_ = std::move(*memory);
  }

  std::unique_ptr<Channel> channel(std::span<std::byte> memory) {
    return engine(GetParam()).open({.depth = 32, .memory = memory});
  }
  /// Reads extents of `length` bytes into their places in the result, with many extents in flight.
  void read_all(Channel& channel, std::size_t length, std::size_t shift) {
    const std::size_t count = (kBlocks * kBlock - shift) / length;
    std::size_t started = 0;
    for (std::size_t ended = 0; ended < count;) {
      if (started < count && started - ended < channel.depth()) {
        const std::uint64_t at = started * length + shift;
        channel.start(started++, {file_, at, length, memory_.data() + at});
        continue;
      }
      const auto done = channel.next();
      ASSERT_TRUE(done.bytes.ok()) << done.bytes.error().message;
      EXPECT_EQ(*done.bytes, length);
      ended++;
    }
    for (std::size_t i = shift; i < shift + count * length; i++) {
      ASSERT_EQ(memory_.data()[i], expected_byte(i)) << i;
    }
  }

  TempDir dir_;
  std::string path_;
  UniqueFd fd_;
  ReadFile file_;
  pool::Buffer memory_;
};

TEST_P(Pinned, ReadsIntoTheMemoryAndAcrossItsEnds) {
  const std::span<std::byte> all(memory_.data(), kBlocks * kBlock);
  for (const auto memory : {all, all.subspan(10 * kBlock + 5, 100 * kBlock), all.first(1), std::span<std::byte>{}}) {
    std::memset(memory_.data(), 0xA5, all.size());
    const auto open = channel(memory);
    read_all(*open, kBlock, 0);
    read_all(*open, 3 * kBlock + 100, 7);
  }
}

TEST_P(Pinned, ReadsAnotherFileByItsDescriptor) {
  const std::string other_path = dir_ / "other";
  write_file(other_path, 3 * kBlock);
  const UniqueFd other(::open(other_path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto open = channel({memory_.data(), kBlocks * kBlock});
  read_all(*open, kBlock, 0);
  const ReadFile file{.fd = other.get(), .path = &other_path};
  open->start(0, {file, 2 * kBlock, 5 * kBlock, memory_.data()});
  const auto done = open->next();
  ASSERT_TRUE(done.bytes.ok());
  EXPECT_EQ(*done.bytes, kBlock);
  EXPECT_EQ(memory_.data()[0], expected_byte(2 * kBlock));
}

TEST_P(Pinned, ReadsTheRightFileIfADescriptorNumberIsReused) {
  const auto open = channel({memory_.data(), kBlocks * kBlock});
  int number = -1;
  for (std::size_t blocks = 1; blocks <= 8; blocks++) {
    const std::string path = dir_ / ("tile" + std::to_string(blocks));
    write_file(path, blocks * kBlock);
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (number < 0) number = fd.get();
    ASSERT_EQ(fd.get(), number) << "the system gives the lowest number that is free";
    const ReadFile file{.fd = fd.get(), .path = &path};
    open->start(0, {file, 0, 16 * kBlock, memory_.data()});
    const auto done = open->next();
    ASSERT_TRUE(done.bytes.ok());
    EXPECT_EQ(*done.bytes, blocks * kBlock);
  }
}

TEST_P(Pinned, ReleasesFileAndMemoryWithTheChannel) {
  // A lock belongs to the open file description and is released with its last reference.
  ASSERT_EQ(::flock(fd_.get(), LOCK_EX | LOCK_NB), 0);
  {
    const auto open = channel({memory_.data(), kBlocks * kBlock});
    read_all(*open, kBlock, 0);
  }
  fd_.reset();
  const UniqueFd again(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(::flock(again.get(), LOCK_EX | LOCK_NB), 0) << "the ring, which this thread keeps, holds the file";
  // The registered memory can also be freed.
  memory_.reset();
  auto memory = pool::BufferPool::instance().acquire(kBlocks * kBlock);
  ASSERT_TRUE(memory.ok());
  memory_ = std::move(*memory);
  file_ = {.fd = again.get(), .path = &path_, .fd_outlives_chunk = true};
  const auto open = channel({memory_.data(), kBlocks * kBlock});
  read_all(*open, kBlock, 0);
}

INSTANTIATE_TEST_SUITE_P(All, Pinned, ::testing::Values(EngineKind::uring, EngineKind::uring_direct));

}  // namespace
}  // namespace posixpar
