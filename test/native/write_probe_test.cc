// Compares the counts and bytes of the probe of writes with values that are known by construction.
#include "native/probe/write_probe.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "native/sys/lease_signal.h"
#include "native/sys/wait_channel.h"
#include "sys_support.h"

namespace posixpar {
namespace {

using probe::Sync;
using probe::WriteOptions;

constexpr std::size_t kBlock = 8192;

std::string empty_file(const std::string& path) {
  const std::ofstream file(path, std::ios::binary | std::ios::trunc);
  EXPECT_TRUE(file.good());
  return path;
}

WriteOptions options_for(std::vector<std::string> paths, unsigned threads) {
  WriteOptions options;
  options.paths = std::move(paths);
  options.threads = threads;
  options.block_bytes = kBlock;
  options.blocks = 40;
  return options;
}

/// Expects that each page begins with its offset.
void expect_stamps(const std::string& path, std::size_t bytes) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  ASSERT_EQ(text.size(), bytes);
  for (std::size_t at = 0; at < bytes; at += 4096) {
    std::uint64_t stamp = 0;
    std::memcpy(&stamp, text.data() + at, sizeof stamp);
    ASSERT_EQ(stamp, at);
  }
}

TEST(WriteProbe, WritesEachBlockOnce) {
  const test::TempDir dir;
  for (const Sync sync : {Sync::none, Sync::end, Sync::each}) {
    for (const unsigned threads : {1U, 4U}) {
      WriteOptions options = options_for({empty_file(dir / "a")}, threads);
      options.sync = sync;
      auto report = probe::run_writes(options);
      ASSERT_TRUE(report.ok()) << report.error().message;
      EXPECT_EQ(report->latencies.count(), 40U);
      std::uint64_t bytes = 0;
      for (const auto& thread : report->threads) bytes += thread.bytes;
      EXPECT_EQ(bytes, 40 * kBlock);
      expect_stamps(options.paths[0], 40 * kBlock);
    }
  }
}

TEST(WriteProbe, SynchronizesEachFileAsRequested) {
  const test::TempDir dir;
  const auto syncs_of = [&](Sync sync, std::vector<std::string> paths) {
    WriteOptions options = options_for(std::move(paths), 2);
    options.sync = sync;
    options.blocks = 5;
    const test::Faults faults(
        {{.op = sys::Op::sync, .path_substring = dir.path(), .times = 0, .action = sys::FaultAction::delay}});
    EXPECT_TRUE(probe::run_writes(options).ok());
    return sys::fault_counts().at(0);
  };
  const std::vector<std::string> one = {empty_file(dir / "a")};
  const std::vector<std::string> three = {empty_file(dir / "b"), empty_file(dir / "c"), empty_file(dir / "d")};
  EXPECT_EQ(syncs_of(Sync::none, one), 0U);
  EXPECT_EQ(syncs_of(Sync::end, one), 1U);
  EXPECT_EQ(syncs_of(Sync::each, one), 5U);
  EXPECT_EQ(syncs_of(Sync::end, three), 3U);
  EXPECT_EQ(syncs_of(Sync::each, three), 15U);
}

TEST(WriteProbe, ReportsTheErrorOfAWriteOrOfASync) {
  const test::TempDir dir;
  for (const sys::Op op : {sys::Op::pwrite, sys::Op::sync}) {
    WriteOptions options = options_for({empty_file(dir / "a")}, 3);
    options.sync = Sync::end;
    const test::Faults faults(
        {{.op = op, .path_substring = dir.path(), .times = 1, .action = sys::FaultAction::error, .value = ENOSPC}});
    auto report = probe::run_writes(options);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().sys_errno, ENOSPC);
  }
}

TEST(WriteProbe, RefusesContradictoryOptions) {
  const test::TempDir dir;
  const WriteOptions good = options_for({empty_file(dir / "a")}, 2);
  const auto refused = [&](auto change) {
    WriteOptions options = good;
    change(options);
    auto report = probe::run_writes(options);
    return !report.ok() && report.error().kind == ErrorKind::invalid;
  };
  EXPECT_TRUE(refused([](WriteOptions& o) { o.threads = 0; }));
  EXPECT_TRUE(refused([](WriteOptions& o) { o.threads = 100'000; }));
  EXPECT_TRUE(refused([](WriteOptions& o) { o.paths.clear(); }));
  EXPECT_TRUE(refused([](WriteOptions& o) { o.block_bytes = 0; }));
  EXPECT_TRUE(refused([](WriteOptions& o) { o.blocks = 0; }));
  EXPECT_TRUE(refused([](WriteOptions& o) { o.block_stride = 0; }));
  EXPECT_TRUE(refused([](WriteOptions& o) { o.first_block = ~std::uint64_t{0}; }));
  EXPECT_FALSE(refused([](WriteOptions&) {}));
}

TEST(WaitChannel, OfARunningThreadNamesNoFunction) {
  const std::string name = sys::WaitChannel(sys::thread_id()).read();
  EXPECT_TRUE(name.empty() || name == "0") << name;
  EXPECT_EQ(sys::WaitChannel(0).read(), "");
}

}  // namespace
}  // namespace posixpar
