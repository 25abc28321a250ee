// Reads that share a chunk cache.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "native/exec/run/read.h"
#include "native/pool/thread_pool.h"
#include "native/sys/clock.h"
#include "native/sys/file_cache.h"
#include "test/native/sys_support.h"

namespace posixpar {
namespace {

constexpr std::uint64_t kChunks = 24;
constexpr std::uint64_t kPerChunk = 1024;
constexpr std::uint64_t kChunkBytes = kPerChunk * sizeof(std::uint32_t);

/// A sequence of numbers 0, 1, 2 … in byte-shuffled chunks, which follow each other in a file.
class SharedCache : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<char> bytes(kChunks * kChunkBytes);
    for (std::uint64_t i = 0; i < kChunks * kPerChunk; i++) {
      for (std::uint64_t b = 0; b < 4; b++)
        bytes[i / kPerChunk * kChunkBytes + b * kPerChunk + i % kPerChunk] = static_cast<char>(i >> (8 * b));
    }
    std::ofstream(folder_ / "data", std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    // Chunks of a file that was changed a moment ago are not cached.
    const auto changed_ns = static_cast<std::uint64_t>(sys::stat_path(folder_ / "data")->ctime_ns);
    while (sys::realtime_ns() < changed_ns + 25'000'000) std::this_thread::yield();
    file_ = sys::FileCache::instance().open(folder_ / "data").value();
    pool::ThreadPool::instance().attach();
  }
  void TearDown() override {
    sys::clear_faults();
    pool::ThreadPool::instance().detach();
  }

  /// Returns a plan that reads the elements [begin, begin + count).
  [[nodiscard]] Plan plan(std::uint64_t begin, std::uint64_t count, EngineKind engine, bool coalesced) const {
    const CodecSpec spec{CodecId::shuffle, {4}};
    Plan plan;
    plan.out_type = DType::uint32;
    plan.engine = engine;
    plan.elements = count;
    plan.chunk_cache = cache_;
    PlanLayer layer;
    layer.stored = DType::uint32;
    layer.axis_order = {0};
    layer.chain = std::make_shared<const CodecChain>(CodecChain::build({&spec, 1}, kChunkBytes).value());
    layer.where.kind = Locations::Kind::open_file;
    layer.where.file = file_;
    PlanDim dim;
    dim.chunk_shape = kPerChunk;
    dim.grid_shape = kChunks * kPerChunk;
    dim.out_stride = 1;
    for (std::uint64_t at = begin; at < begin + count;) {
      const std::uint64_t end = std::min((at / kPerChunk + 1) * kPerChunk, begin + count);
      const std::uint64_t chunk = at / kPerChunk;
      dim.segments.push_back({chunk, static_cast<std::int64_t>(at % kPerChunk), 1, end - at, at - begin, -1});
      layer.where.offsets.push_back(static_cast<double>(chunk * kChunkBytes));
      layer.where.lengths.push_back(static_cast<double>(kChunkBytes));
      at = end;
    }
    layer.chunk_count = dim.segments.size();
    layer.first.chunk_count = layer.chunk_count;
    layer.first.dims.push_back(std::move(dim));
    if (coalesced) {
      for (std::uint32_t c = 0; c < layer.chunk_count; c++) {
        if (c % 3 == 0) layer.where.extent_starts.push_back(c);
        layer.where.order.push_back(c);
      }
      layer.where.extent_starts.push_back(static_cast<std::uint32_t>(layer.chunk_count));
    }
    plan.layers.push_back(std::move(layer));
    return plan;
  }

  test::TempDir folder_;
  std::shared_ptr<sys::OpenFile> file_;
  std::shared_ptr<pool::ChunkCache> cache_ = std::make_shared<pool::ChunkCache>(64 << 20);
};

/// An asynchronous read of the elements [begin, begin + count), and its result.
struct Running {
  Running(Plan plan, std::uint64_t first) : begin(first), result(plan.elements, 0xffffffffU) {
    read = std::make_shared<Read>(std::move(plan), reinterpret_cast<std::byte*>(result.data()));
  }
  void start() {
    read->start([this] {
      const std::lock_guard lock(mutex);
      ended = true;
      changed.notify_all();
    });
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return ended; });
  }
  [[nodiscard]] bool has_ended() {
    const std::lock_guard lock(mutex);
    return ended;
  }
  [[nodiscard]] double counter(StatWord word) const {
    std::vector<double> counters(kStatWords);
    read->stats(counters);
    return counters[word];
  }
  void expect_values() const {
    ASSERT_FALSE(read->error()) << read->error()->message;
    for (std::size_t i = 0; i < result.size(); i++) ASSERT_EQ(result[i], begin + i);
  }

  std::uint64_t begin;
  std::vector<std::uint32_t> result;
  std::shared_ptr<Read> read;
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
};

class SharedCacheByEngine : public SharedCache, public testing::WithParamInterface<std::tuple<EngineKind, bool>> {};

TEST_P(SharedCacheByEngine, DecodesEachChunkOnce) {
  const auto [engine, coalesced] = GetParam();
  for (std::uint32_t seed = 1; seed <= 20; seed++) {
    cache_ = std::make_shared<pool::ChunkCache>(64 << 20);
    std::mt19937 random(seed);
    std::vector<std::unique_ptr<Running>> reads;
    std::vector<bool> touched(kChunks);
    double used = 0;
    for (int i = 0; i < 12; i++) {
      const std::uint64_t begin = random() % (kChunks * kPerChunk);
      const std::uint64_t count = 1 + random() % (kChunks * kPerChunk - begin);
      for (std::uint64_t c = begin / kPerChunk; c <= (begin + count - 1) / kPerChunk; c++, used++) touched[c] = true;
      reads.push_back(std::make_unique<Running>(plan(begin, count, engine, coalesced), begin));
    }
    for (const auto& read : reads) read->start();
    double decoded = 0;
    double hits = 0;
    for (const auto& read : reads) {
      read->wait();
      read->expect_values();
      decoded += read->counter(kChunksDecoded);
      hits += read->counter(kChunkCacheHits);
      EXPECT_EQ(read->counter(kChunksDecoded), read->counter(kChunkCacheMisses));
    }
    EXPECT_EQ(decoded, std::count(touched.begin(), touched.end(), true)) << "seed " << seed;
    EXPECT_EQ(hits + decoded, used);
  }
}

TEST_P(SharedCacheByEngine, EndsReadsThatAreCancelled) {
  const auto [engine, coalesced] = GetParam();
  for (std::uint32_t seed = 1; seed <= 20; seed++) {
    cache_ = std::make_shared<pool::ChunkCache>(6 * kChunkBytes);
    std::mt19937 random(seed);
    std::vector<std::unique_ptr<Running>> reads;
    for (int i = 0; i < 12; i++)
      reads.push_back(std::make_unique<Running>(plan(0, kChunks * kPerChunk, engine, coalesced), 0));
    for (const auto& read : reads) read->start();
    for (const auto& read : reads) {
      if (random() % 2 == 0) read->read->cancel();
    }
    for (const auto& read : reads) {
      read->wait();
      if (read->read->error())
        EXPECT_EQ(read->read->error()->kind, ErrorKind::cancelled);
      else
        read->expect_values();
    }
    EXPECT_LE(cache_->counters().bytes, 6 * kChunkBytes);
  }
}

TEST_P(SharedCacheByEngine, EndsCancelledReadsThatWaitForAChunkOfAnotherRead) {
  const auto [engine, coalesced] = GetParam();
  sys::install_faults({{.op = sys::Op::pread,
                        .path_substring = folder_.path(),
                        .times = 0,
                        .action = sys::FaultAction::hold,
                        .value = 20'000}});
  Running owner(plan(0, kPerChunk, EngineKind::pread, coalesced), 0);
  owner.start();
  while (sys::held_calls() == 0) std::this_thread::yield();
  Running waiter(plan(0, kPerChunk, engine, coalesced), 0);
  waiter.start();
  waiter.read->cancel();
  waiter.wait();
  ASSERT_TRUE(waiter.read->error());
  EXPECT_EQ(waiter.read->error()->kind, ErrorKind::cancelled);
  EXPECT_FALSE(owner.has_ended());
  Running patient(plan(0, kPerChunk, engine, coalesced), 0);
  patient.start();
  EXPECT_EQ(sys::clear_faults(), 0U);
  owner.wait();
  owner.expect_values();
  patient.wait();
  patient.expect_values();
  EXPECT_EQ(owner.counter(kChunksDecoded) + patient.counter(kChunksDecoded), 1);
}

TEST_P(SharedCacheByEngine, DecodesAChunkAgainIfTheFirstReadFails) {
  const auto [engine, coalesced] = GetParam();
  sys::install_faults({{.op = sys::Op::pread,
                        .path_substring = folder_.path(),
                        .times = 1,
                        .action = sys::FaultAction::error,
                        .value = EIO}});
  std::vector<std::unique_ptr<Running>> reads;
  for (int i = 0; i < 4; i++)
    reads.push_back(std::make_unique<Running>(plan(0, kPerChunk, EngineKind::pread, coalesced), 0));
  for (const auto& read : reads) read->start();
  int failed = 0;
  for (const auto& read : reads) {
    read->wait();
    if (read->read->error())
      failed++;
    else
      read->expect_values();
  }
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(cache_->counters().chunks, 1U);
}

TEST_F(SharedCache, ServesReadsOfTheCallingThread) {
  for (int round = 0; round < 3; round++) {
    Running read(plan(100, 5 * kPerChunk, EngineKind::automatic, true), 100);
    read.read->run_on_caller();
    read.expect_values();
    EXPECT_EQ(read.counter(kChunksDecoded), round == 0 ? 6 : 0);
    EXPECT_EQ(read.counter(kChunkCacheHits), round == 0 ? 0 : 6);
    EXPECT_EQ(read.counter(kBytesRead), round == 0 ? 6 * kChunkBytes : 0);
  }
}

TEST_F(SharedCache, DoesNotServeAFileThatWasChanged) {
  Running before(plan(0, kPerChunk, EngineKind::automatic, false), 0);
  before.read->run_on_caller();
  before.expect_values();
  std::vector<char> zeros(kChunks * kChunkBytes);
  std::ofstream(folder_ / "data", std::ios::binary).write(zeros.data(), static_cast<std::streamsize>(zeros.size()));
  file_ = sys::FileCache::instance().open(folder_ / "data").value();
  Running after(plan(0, kPerChunk, EngineKind::automatic, false), 0);
  after.read->run_on_caller();
  ASSERT_FALSE(after.read->error());
  EXPECT_EQ(after.result, std::vector<std::uint32_t>(kPerChunk, 0));
  // The chunk is not kept for 20 ms, because a further change within the same step of the file times would not be
  // noticed. On a slow machine, the read may begin later.
  const auto age_ns = static_cast<std::int64_t>(sys::realtime_ns()) - file_->id().ctime_ns;
  EXPECT_LE(cache_->counters().chunks, age_ns < 20'000'000 ? 1U : 2U);
}

INSTANTIATE_TEST_SUITE_P(Engines, SharedCacheByEngine,
                         testing::Combine(testing::Values(EngineKind::automatic, EngineKind::pread, EngineKind::uring),
                                          testing::Bool()));

}  // namespace
}  // namespace posixpar
