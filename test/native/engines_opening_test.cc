/// Tests channels that open the files of their extents: Channel::opens() of native/engines/engine.h.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "native/engines/engine.h"
#include "native/sys/hooks.h"
#include "test/native/sys_support.h"

namespace posixpar {
namespace {

using sys::FaultAction;
using sys::Op;
using test::expected_byte;
using test::Faults;
using test::TempDir;
using test::write_file;

/// 100 files with the names `0` to `99` and sizes of 1000, 2000, ... bytes.
class Opening : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!engine(EngineKind::uring).probe().ok()) GTEST_SKIP() << "SKIP: no io_uring";
    for (std::size_t i = 0; i < kFiles; i++) write_file(path(i), size(i));
    directory_ = UniqueFd(::open(dir_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(directory_.valid());
    reopen();
    if (!channel_->opens()) GTEST_SKIP() << "SKIP: this kernel opens no files in a ring";
  }
  void reopen(CachePolicy cache = CachePolicy::keep) {
    channel_.reset();
    channel_ = engine(EngineKind::uring).open({.depth = 16, .cache = cache, .opens = true});
  }
  [[nodiscard]] std::string path(std::size_t i) const { return dir_ / std::to_string(i); }
  static std::size_t size(std::size_t i) { return 1000 * (i + 1); }

  struct Answer {
    Result<std::uint64_t> bytes = std::uint64_t{0};
    std::vector<std::byte> memory;
  };
  /// Reads up to `length` bytes at `offset` of each file, with many extents in flight.
  std::vector<Answer> read(const std::vector<std::string>& names, std::uint64_t offset, std::size_t length) {
    std::vector<Answer> answers(names.size());
    std::vector<std::string> paths;
    for (const auto& name : names) paths.push_back(dir_ / name);
    std::size_t started = 0;
    for (std::size_t ended = 0; ended < names.size();) {
      if (started < names.size() && started - ended < channel_->depth()) {
        answers[started].memory.resize(length);
        const ReadFile file{.path = &paths[started], .name = names[started].c_str(), .directory = directory_.get()};
        channel_->start(started, {file, offset, length, answers[started].memory.data()});
        started++;
        continue;
      }
      auto done = channel_->next();
      answers[done.tag].bytes = std::move(done.bytes);
      ended++;
    }
    return answers;
  }
  static std::vector<std::string> all() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kFiles; i++) names.push_back(std::to_string(i));
    return names;
  }
  void expect_all(const std::vector<Answer>& answers, std::uint64_t offset, std::size_t length) {
    for (std::size_t i = 0; i < answers.size(); i++) {
      ASSERT_TRUE(answers[i].bytes.ok()) << answers[i].bytes.error().message;
      const std::size_t there = std::min<std::size_t>(length, size(i) > offset ? size(i) - offset : 0);
      ASSERT_EQ(*answers[i].bytes, there) << i;
      for (std::size_t b = 0; b < there; b++) ASSERT_EQ(answers[i].memory[b], expected_byte(offset + b));
    }
  }

  static constexpr std::size_t kFiles = 100;
  TempDir dir_;
  UniqueFd directory_;
  std::unique_ptr<Channel> channel_;
};

TEST_F(Opening, ReadsManyFilesInFewCallsAndKeepsNoneOpen) {
  const std::size_t before = test::open_descriptors();
  expect_all(read(all(), 0, 200'000), 0, 200'000);
  expect_all(read(all(), 1500, 10'000), 1500, 10'000);
  EXPECT_EQ(test::open_descriptors(), before);
  EXPECT_LT(channel_->counters().system_calls, 2 * kFiles);
  EXPECT_EQ(channel_->counters().bytes_cached, channel_->counters().bytes_read);
}

TEST_F(Opening, ReportsForEachFileWhyItCannotBeOpened) {
  std::vector<std::string> names = all();
  names[3] = "absent";
  names[50] = "7/below-a-file";
  names[99] = "absent/too";
  const auto answers = read(names, 0, 500);
  for (const auto& [i, error_number] : {std::pair{3, ENOENT}, {50, ENOTDIR}, {99, ENOENT}}) {
    const auto& answer = answers[static_cast<std::size_t>(i)];
    ASSERT_FALSE(answer.bytes.ok());
    EXPECT_STREQ(answer.bytes.error().op, "open");
    EXPECT_EQ(answer.bytes.error().sys_errno, error_number);
    EXPECT_EQ(answer.bytes.error().path, dir_ / names[static_cast<std::size_t>(i)]);
  }
  EXPECT_TRUE(answers[4].bytes.ok());
  EXPECT_EQ(*answers[98].bytes, 500U);
}

TEST_F(Opening, DoesNotWaitForTheWriterOfAFifoAndRefusesDirectories) {
  ASSERT_EQ(::mkfifo((dir_ / "fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir((dir_ / "folder").c_str(), 0700), 0);
  const auto answers = read({"fifo", "1", "folder"}, 0, 500);
  EXPECT_FALSE(answers[0].bytes.ok());
  EXPECT_TRUE(answers[1].bytes.ok());
  ASSERT_FALSE(answers[2].bytes.ok());
  EXPECT_EQ(answers[2].bytes.error().sys_errno, EISDIR);
}

TEST_F(Opening, ContinuesAfterInterruptionsShortReadsAndUncachedData) {
  {
    const Faults faults({{.op = Op::open, .times = 20, .action = FaultAction::eintr},
                         {.op = Op::pread, .times = 20, .action = FaultAction::eintr}});
    expect_all(read(all(), 0, 200'000), 0, 200'000);
  }
  {
    const Faults faults({{.op = Op::pread, .times = 0, .action = FaultAction::shorten, .value = 700}});
    expect_all(read(all(), 10, 5000), 10, 5000);
  }
  reopen();
  const Faults faults({{.op = Op::pread, .times = 0, .action = FaultAction::cold}});
  expect_all(read(all(), 0, 200'000), 0, 200'000);
  EXPECT_EQ(channel_->counters().bytes_cached, 0U);
}

TEST_F(Opening, ReportsErrorsOfOpenAndRead) {
  const Faults faults({{.op = Op::open, .path_substring = "/17", .times = 0, .value = EMFILE},
                       {.op = Op::pread, .path_substring = "/18", .times = 0, .value = EIO}});
  const auto answers = read(all(), 0, 100);
  EXPECT_EQ(answers[17].bytes.error().sys_errno, EMFILE);
  EXPECT_STREQ(answers[17].bytes.error().op, "open");
  EXPECT_EQ(answers[18].bytes.error().sys_errno, EIO);
  EXPECT_STREQ(answers[18].bytes.error().op, "pread");
  EXPECT_TRUE(answers[19].bytes.ok());
}

TEST_F(Opening, FallsBackToBlockingReadsIfTheFileSystemRefusesNowait) {
  const Faults faults({{.op = Op::pread, .skip = 5, .times = 1, .value = EOPNOTSUPP}});
  std::vector<std::string> names = all();
  names[60] = "absent";
  auto answers = read(names, 0, 200'000);
  EXPECT_EQ(answers[60].bytes.error().sys_errno, ENOENT);
  EXPECT_STREQ(answers[60].bytes.error().op, "open");
  answers[60] = std::move(read({"60"}, 0, 200'000).front());
  expect_all(answers, 0, 200'000);
  EXPECT_GT(channel_->counters().system_calls, kFiles);
}

TEST_F(Opening, CompletesEveryExtentIfTheKernelRefusesTheRing) {
  const Faults faults({{.op = Op::uring_enter, .skip = 1, .times = 0, .value = EBADF}});
  std::size_t failed = 0;
  for (const auto& answer : read(all(), 0, 300)) failed += answer.bytes.ok() ? 0 : 1;
  EXPECT_GT(failed, 0U);
}

TEST_F(Opening, IsDisabledForThePolicyDrop) {
  reopen(CachePolicy::drop);
  EXPECT_FALSE(channel_->opens());
}

}  // namespace
}  // namespace posixpar
