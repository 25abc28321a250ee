// Compares the counts of the probe with values that are known by construction.
#include "native/probe/probe.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <random>

#include "native/probe/delivery.h"
#include "native/probe/histogram.h"
#include "native/sys/clock.h"
#include "native/sys/thread_usage.h"
#include "sys_support.h"

namespace posixpar {
namespace {

using probe::Coverage;
using probe::Delivery;
using probe::Histogram;
using probe::Options;
using probe::Pattern;

/// Writes a file of distinct blocks.
std::string random_file(const std::string& path, std::size_t bytes) {
  std::mt19937_64 random(7);
  std::vector<std::uint64_t> words(bytes / 8);
  for (auto& word : words) word = random();
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(words.data()), static_cast<std::streamsize>(words.size() * 8));
  EXPECT_TRUE(file.good());
  return path;
}

Options options_for(const std::string& path, Pattern pattern, unsigned threads) {
  Options options;
  options.paths = {path};
  options.pattern = pattern;
  options.threads = threads;
  options.block_bytes = 4096;
  options.length = 256 * 4096;
  options.operations = 1000;
  return options;
}

TEST(ProbeHistogram, PutsEveryValueIntoANarrowBucket) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t value = random() >> (random() % 64);
    const std::size_t index = Histogram::index_of(value);
    ASSERT_LT(index, Histogram::kBuckets);
    const std::uint64_t low = Histogram::low_of(index);
    const std::uint64_t width = Histogram::width_of(index);
    ASSERT_LE(low, value);
    ASSERT_LT(value - low, width);
    ASSERT_LE(width - 1, value / 100) << value;
  }
}

TEST(ProbeHistogram, MergesAndKeepsExactSums) {
  Histogram a;
  Histogram b;
  EXPECT_EQ(a.min(), 0U);
  a.record(5);
  b.record(1'000'000);
  b.record(3);
  a.merge(b);
  EXPECT_EQ(a.count(), 3U);
  EXPECT_EQ(a.sum(), 1'000'008U);
  EXPECT_EQ(a.min(), 3U);
  EXPECT_EQ(a.max(), 1'000'000U);
  EXPECT_EQ(a.buckets().size(), 3U);
}

TEST(ProbeDelivery, CountsRepeatedAndLostBlocks) {
  Delivery delivery({10, 11, 12, 13});
  for (const std::uint64_t print : {10U, 11U, 11U, 99U}) delivery.deliver(print);
  delivery.end_pass(4);
  EXPECT_EQ(delivery.coverage().delivered, 4U);
  EXPECT_EQ(delivery.coverage().twice, 1U);
  EXPECT_EQ(delivery.coverage().lost, 2U);
  EXPECT_EQ(delivery.coverage().unknown, 1U);
  // A second pass that reads the right blocks, but ends after two calls.
  delivery.deliver(11);
  delivery.deliver(10);
  delivery.end_pass(2);
  EXPECT_EQ(delivery.coverage().passes, 2U);
  EXPECT_EQ(delivery.coverage().twice, 1U);
  EXPECT_EQ(delivery.coverage().lost, 2U);
}

TEST(ProbeDelivery, BlocksOfEqualContentAreCountedTogether) {
  Delivery delivery({5, 5, 6});
  EXPECT_EQ(delivery.coverage().distinct_blocks, 1U);
  for (const std::uint64_t print : {5U, 6U, 5U}) delivery.deliver(print);
  delivery.end_pass(3);
  EXPECT_EQ(delivery.coverage().twice + delivery.coverage().lost, 0U);
  for (const std::uint64_t print : {5U, 5U, 5U}) delivery.deliver(print);
  delivery.end_pass(3);
  EXPECT_EQ(delivery.coverage().twice, 1U);
  EXPECT_EQ(delivery.coverage().lost, 1U);
}

class ProbePatterns : public ::testing::TestWithParam<Pattern> {};

TEST_P(ProbePatterns, ReadEveryRequestedBlock) {
  const test::TempDir dir;
  for (const unsigned threads : {1U, 3U}) {
    Options options = options_for(random_file(dir / "a", 256 * 4096), GetParam(), threads);
    while (options.paths.size() < threads) {
      options.paths.push_back(random_file(dir / ("b" + std::to_string(options.paths.size())), 256 * 4096));
    }
    options.prepare = probe::Prepare::warm;
    const auto report = probe::run(options);
    ASSERT_TRUE(report.ok()) << report.value().region_bytes;
    ASSERT_EQ(report.value().threads.size(), threads);
    std::uint64_t operations = 0;
    std::uint64_t in_call = 0;
    for (const auto& thread : report.value().threads) {
      operations += thread.operations;
      in_call += thread.in_call_ns;
      EXPECT_EQ(thread.bytes, thread.operations * 4096);
      EXPECT_EQ(thread.short_calls, 0U);
      EXPECT_LE(thread.in_call_ns, thread.wall_ns);
      EXPECT_LE(thread.wall_ns, report.value().elapsed_ns);
    }
    EXPECT_EQ(operations, 1000U);
    EXPECT_EQ(report.value().latencies.count(), 1000U);
    EXPECT_EQ(report.value().latencies.sum(), in_call);
  }
}

INSTANTIATE_TEST_SUITE_P(All, ProbePatterns,
                         ::testing::Values(Pattern::read_shared, Pattern::unlocked_shared, Pattern::pread_shared,
                                           Pattern::pread_own, Pattern::file_each));

TEST(Probe, ReadAtASharedPositionDeliversEveryBlockOnce) {
  const test::TempDir dir;
  Options options = options_for(random_file(dir / "a", 256 * 4096), Pattern::read_shared, 4);
  options.operations = 256 * 20 + 100;
  const auto report = probe::run(options);
  ASSERT_TRUE(report.ok());
  const Coverage& coverage = report.value().coverage.value();
  EXPECT_EQ(coverage.delivered, 256U * 20 + 100);
  EXPECT_EQ(coverage.distinct_blocks, 256U);
  EXPECT_EQ(coverage.passes, 21U);
  EXPECT_EQ(coverage.twice, 0U);
  EXPECT_EQ(coverage.lost, 0U);
  EXPECT_EQ(coverage.unknown, 0U);
}

TEST(Probe, AnUnlockedPositionDeliversBlocksTwice) {
  const test::TempDir dir;
  const std::string path = random_file(dir / "a", 256 * 4096);
  Options options = options_for(path, Pattern::unlocked_shared, 4);
  options.operations = 256;
  // Each read sleeps between loading and storing the position, so that several threads use the same position.
  const test::Faults faults({{.op = sys::Op::pread,
                              .path_substring = path,
                              .skip = 256,  // Skips the reads that fingerprint the blocks.
                              .times = 0,
                              .action = sys::FaultAction::delay,
                              .value = 1}});
  const auto report = probe::run(options);
  ASSERT_TRUE(report.ok());
  EXPECT_GT(report.value().coverage->twice, 0U);
  EXPECT_GT(report.value().coverage->lost, 0U);
}

TEST(Probe, DetectsShortReadsAtASharedPosition) {
  const test::TempDir dir;
  const std::string path = random_file(dir / "a", 256 * 4096);
  Options options = options_for(path, Pattern::read_shared, 2);
  options.operations = 10;
  const test::Faults faults({{.op = sys::Op::pread,
                              .path_substring = path,
                              .skip = 256 + 3,
                              .times = 1,
                              .action = sys::FaultAction::shorten,
                              .value = 100}});
  const auto report = probe::run(options);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report.value().threads[0].short_calls + report.value().threads[1].short_calls, 1U);
  EXPECT_GT(report.value().coverage->unknown, 0U);
}

TEST(Probe, StopsAtTheTimeLimitAndStartsTogether) {
  const test::TempDir dir;
  Options options = options_for(random_file(dir / "a", 256 * 4096), Pattern::read_shared, 3);
  options.operations = 0;
  options.duration_ns = 30'000'000;
  options.start_at_ns = sys::monotonic_ns() + 20'000'000;
  const auto report = probe::run(options);
  ASSERT_TRUE(report.ok());
  EXPECT_GE(report.value().started_ns, options.start_at_ns);
  EXPECT_GE(report.value().elapsed_ns, 20'000'000U);
  EXPECT_LT(report.value().elapsed_ns, 5'000'000'000U);
  EXPECT_EQ(report.value().coverage->lost, 0U);
}

TEST(Probe, EveryThreadMakesACallWithinAnyTimeLimit) {
  const test::TempDir dir;
  const std::string path = random_file(dir / "a", 256 * 4096);
  for (const Pattern pattern : {Pattern::read_shared, Pattern::pread_own}) {
    Options options = options_for(path, pattern, 4);
    options.operations = 0;
    options.duration_ns = 1;
    const auto report = probe::run(options);
    ASSERT_TRUE(report.ok());
    for (const auto& thread : report.value().threads) EXPECT_GE(thread.operations, 1U);
  }
}

TEST(Probe, ARandomOrderReadsOtherBlocksThanASequentialOne) {
  const test::TempDir dir;
  const std::string path = random_file(dir / "a", 256 * 4096);
  Options options = options_for(path, Pattern::pread_shared, 1);
  options.operations = 4;
  // Reads of the first four blocks fail. A sequential probe reads these blocks. A random probe with seed 1 does not.
  const test::Faults faults({{.op = sys::Op::pread,
                              .path_substring = path,
                              .offset_begin = 0,
                              .offset_end = 4 * 4096,
                              .times = 0,
                              .action = sys::FaultAction::error,
                              .value = EIO}});
  EXPECT_FALSE(probe::run(options).ok());
  options.order = probe::Order::random;
  EXPECT_TRUE(probe::run(options).ok());
}

TEST(Probe, ReportsHowMuchOfTheRegionIsCached) {
  const test::TempDir dir;
  Options options = options_for(random_file(dir / "a", 256 * 4096), Pattern::pread_own, 2);
  options.prepare = probe::Prepare::warm;
  const auto report = probe::run(options);
  ASSERT_TRUE(report.ok());
  if (!report.value().resident_before) GTEST_SKIP() << "SKIP: the kernel has no cachestat";
  EXPECT_EQ(report.value().resident_before, 256U * 4096);
  EXPECT_EQ(report.value().region_bytes, 256U * 4096);
  // Reports residency without reading.
  options.operations = 0;
  options.prepare = probe::Prepare::keep;
  const auto look = probe::run(options);
  ASSERT_TRUE(look.ok());
  EXPECT_TRUE(look.value().threads.empty());
  EXPECT_EQ(look.value().resident_before, 256U * 4096);
}

TEST(Probe, AnErrorInOneThreadStopsAll) {
  const test::TempDir dir;
  const std::string path = random_file(dir / "a", 256 * 4096);
  for (const Pattern pattern : {Pattern::pread_own, Pattern::read_shared}) {
    Options options = options_for(path, pattern, 4);
    options.operations = 0;
    options.duration_ns = 60'000'000'000;
    const test::Faults faults({{.op = sys::Op::pread,
                                .path_substring = path,
                                .skip = 1000,
                                .times = 1,
                                .action = sys::FaultAction::error,
                                .value = EIO}});
    const auto report = probe::run(options);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(Result(report).error().sys_errno, EIO);
    EXPECT_EQ(Result(report).error().path, path);
  }
}

TEST(Probe, AFileThatShrinksIsAnError) {
  const test::TempDir dir;
  const std::string path = random_file(dir / "a", 256 * 4096);
  Options options = options_for(path, Pattern::pread_shared, 2);
  const test::Faults faults({{.op = sys::Op::pread,
                              .path_substring = path,
                              .skip = 10,
                              .times = 1,
                              .action = sys::FaultAction::truncate,
                              .value = 4096}});
  const auto report = probe::run(options);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(Result(report).error().kind, ErrorKind::eof);
}

TEST(Probe, RefusesContradictoryOptions) {
  const test::TempDir dir;
  const Options good = options_for(random_file(dir / "a", 256 * 4096), Pattern::pread_shared, 2);
  const auto refused = [](Options options) {
    auto report = probe::run(options);
    return !report.ok() && report.error().kind == ErrorKind::invalid;
  };
  const auto with = [&](auto change) {
    Options options = good;
    change(options);
    return options;
  };
  EXPECT_TRUE(refused(with([](Options& o) { o.threads = 0; })));
  EXPECT_TRUE(refused(with([](Options& o) { o.threads = 100'000; })));
  EXPECT_TRUE(refused(with([](Options& o) { o.block_bytes = 0; })));
  EXPECT_TRUE(refused(with([](Options& o) { o.length += 1; })));
  EXPECT_TRUE(refused(with([](Options& o) { o.length = 0; })));
  EXPECT_TRUE(refused(with([](Options& o) { o.offset = 4096; })));  // Beyond the end.
  EXPECT_TRUE(refused(with([](Options& o) { o.offset = ~std::uint64_t{0} - 4095; })));
  EXPECT_TRUE(refused(with([](Options& o) { o.pattern = Pattern::file_each; })));  // One file for two threads.
  EXPECT_TRUE(refused(with([](Options& o) { o.paths.clear(); })));
  EXPECT_TRUE(refused(with([&](Options& o) { o.paths = {dir.path()}; })));
  EXPECT_FALSE(refused(good));
}

TEST(ThreadUsage, GrowsWithWork) {
  const sys::ThreadUsage before = sys::thread_usage();
  const std::uint64_t until = sys::thread_cpu_ns() + 5'000'000;
  while (sys::thread_cpu_ns() < until) continue;
  const sys::ThreadUsage after = sys::thread_usage();
  EXPECT_GE(after.cpu_ns - before.cpu_ns, 5'000'000U);
  EXPECT_GE(after.voluntary_switches, before.voluntary_switches);
  EXPECT_EQ(after.run_delay_ns.has_value(), before.run_delay_ns.has_value());
}

}  // namespace
}  // namespace posixpar
