/// Chooses read strategies from recorded facts, without opening files or calling the system: choose_strategy() and
/// choose_inline_strategy() of native/exec/strategy.
#include "native/exec/strategy/read_strategy.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "native/exec/strategy/inline_strategy.h"

namespace posixpar {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
/// Address of a result that is not 4K-aliased with the file: both begin at a page boundary.
constexpr std::uintptr_t kAligned = std::uintptr_t{1} << 30;

/// Returns a dimension that selects `count` whole chunks of `chunk` elements.
PlanDim whole_chunks(std::uint64_t count, std::uint64_t chunk, std::uint64_t out_stride) {
  PlanDim dim;
  dim.chunk_shape = chunk;
  dim.grid_shape = count * chunk;
  dim.out_stride = out_stride;
  for (std::uint64_t c = 0; c < count; c++) dim.segments.push_back({c, 0, 1, chunk, c * chunk, -1});
  return dim;
}

/// Returns an OpenFile without a descriptor (-1). Plans can refer to it, but any system call on it would fail.
std::shared_ptr<sys::OpenFile> file_of(std::uint64_t size) {
  sys::FileId id;
  id.size = size;
  return std::make_shared<sys::OpenFile>(UniqueFd(), id, "/recorded");
}

/// Returns a plan that reads `selected` bytes of each row of a plain chunk in an open file. The chunk has `rows` rows
/// of `row` bytes.
Plan plain(std::uint64_t rows, std::uint64_t row, std::uint64_t selected) {
  Plan plan;
  plan.elements = rows * selected;
  PlanLayer layer;
  layer.first.dims.push_back(whole_chunks(1, rows, selected));
  PlanDim columns;
  columns.chunk_shape = columns.grid_shape = row;
  columns.out_stride = 1;
  columns.segments.push_back({0, 0, 1, selected, 0, -1});
  layer.first.dims.push_back(columns);
  layer.axis_order = {0, 1};
  layer.chunk_count = 1;
  layer.partial_reads = true;
  layer.extent_level = selected == row ? 0 : 1;
  layer.extent_block = selected == row ? rows : selected;
  layer.where.kind = Locations::Kind::open_file;
  layer.where.file = file_of(rows * row);
  layer.where.offsets = {0};
  layer.where.lengths = {static_cast<double>(rows * row)};
  plan.layers.push_back(std::move(layer));
  return plan;
}

/// Returns a plan of `count` encoded chunks of `bytes` decoded bytes, in files of a directory or in one open file.
Plan encoded(std::uint64_t count, std::uint64_t bytes, Locations::Kind kind) {
  Plan plan;
  plan.elements = count * bytes;
  PlanLayer layer;
  layer.chain = std::make_shared<CodecChain>();
  layer.first.dims.push_back(whole_chunks(count, bytes, 1));
  layer.axis_order = {0};
  layer.chunk_count = count;
  layer.where.kind = kind;
  if (kind == Locations::Kind::open_file) {
    layer.where.file = file_of(count * bytes);
    for (std::uint64_t c = 0; c < count; c++) {
      layer.where.offsets.push_back(static_cast<double>(c * bytes));
      layer.where.lengths.push_back(static_cast<double>(bytes));
    }
  }
  plan.layers.push_back(std::move(layer));
  return plan;
}

/// Returns facts about a machine with 4 cores and 16 I/O threads. The layers were not probed.
ReadFacts facts_of(const Plan& plan, std::uintptr_t target = kAligned) {
  ReadFacts facts;
  facts.compute_threads = 4;
  facts.io_threads = 16;
  for (const PlanLayer& layer : plan.layers) facts.layers.push_back(describe_layer(plan, layer, target));
  return facts;
}

/// Returns the facts of facts_of(). In addition, a probe of the layers has found the residency `selection`.
ReadFacts probed(const Plan& plan, Residency selection, std::uintptr_t target = kAligned) {
  ReadFacts facts = facts_of(plan, target);
  for (std::size_t i = 0; i < facts.layers.size(); i++) {
    LayerFacts& layer = facts.layers[i];
    const Probe probe = needed_probe(plan, plan.layers[i], layer);
    layer.is_mapped = probe != Probe::none;
    if (probe == Probe::samples || probe == Probe::pages) layer.selection = selection;
    layer.pages_probed = probe == Probe::pages && selection == Residency::full;
  }
  return facts;
}

/// Returns a plan that reads one row of 64 bytes of each of `count` plain chunks of 64 rows in an open file.
Plan row_per_chunk(std::uint64_t count) {
  constexpr std::uint64_t kRow = 64;
  Plan plan = plain(kRow, kRow, kRow);
  plan.elements = count * kRow;
  PlanLayer& layer = plan.layers[0];
  PlanDim& rows = layer.first.dims[0];
  rows.grid_shape = count * kRow;
  rows.segments.clear();
  for (std::uint64_t c = 0; c < count; c++) rows.segments.push_back({c, 0, 1, 1, c, -1});
  layer.first.chunk_count = layer.chunk_count = count;
  layer.where.file = file_of(count * kRow * kRow);
  layer.where.offsets.clear();
  layer.where.lengths.clear();
  for (std::uint64_t c = 0; c < count; c++) {
    layer.where.offsets.push_back(static_cast<double>(c * kRow * kRow));
    layer.where.lengths.push_back(static_cast<double>(kRow * kRow));
  }
  return plan;
}

TEST(Strategy, ManyShortRunsAreGatheredAlthoughEachChunkHasOnlyOne) {
  const Plan few = row_per_chunk(64);
  EXPECT_EQ(needed_probe(few, few.layers[0], facts_of(few).layers[0]), Probe::none);
  EXPECT_EQ(choose_strategy(few, facts_of(few)).layers[0].mode, Mode::extents);
  const Plan many = row_per_chunk(65);
  EXPECT_NE(needed_probe(many, many.layers[0], facts_of(many).layers[0]), Probe::none);
  EXPECT_EQ(choose_strategy(many, probed(many, Residency::full)).layers[0].mode, Mode::mapped);
  const ReadStrategy cold = choose_strategy(many, probed(many, Residency::partial));
  EXPECT_EQ(cold.layers[0].mode, Mode::extents);
  EXPECT_EQ(cold.reason, EngineReason::not_cached);
}

TEST(Strategy, ALongRunIsReadIntoTheResultWithoutAProbe) {
  const Plan plan = plain(4096, 4096, 4096);
  ReadFacts facts = facts_of(plan);
  EXPECT_EQ(needed_probe(plan, plan.layers[0], facts.layers[0]), Probe::none);
  const ReadStrategy strategy = choose_strategy(plan, facts);
  EXPECT_EQ(strategy.lane, pool::Lane::compute);
  EXPECT_EQ(strategy.sharing, Sharing::in_turns);
  EXPECT_EQ(strategy.channel, EngineKind::pread);
  EXPECT_EQ(strategy.layers[0].mode, Mode::extents);
  EXPECT_EQ(strategy.reason, EngineReason::whole_runs);
  EXPECT_FALSE(strategy.may_run_inline);
  EXPECT_FALSE(strategy.direct_io || strategy.drop_behind || strategy.batched);
  EXPECT_EQ(strategy.threads, 1U);  // One extent, one task.
}

TEST(Strategy, ASmallRunMayRunInline) {
  const Plan plan = plain(1, 64 * kKiB, 4 * kKiB);
  EXPECT_TRUE(choose_strategy(plan, facts_of(plan)).may_run_inline);
  const Plan larger = plain(1, kMiB, 129 * kKiB);
  EXPECT_FALSE(choose_strategy(larger, facts_of(larger)).may_run_inline);
}

TEST(Strategy, AReadWithoutLayersRunsInline) {
  const Plan plan;
  const ReadStrategy strategy = choose_strategy(plan, facts_of(plan));
  EXPECT_TRUE(strategy.may_run_inline);
  EXPECT_TRUE(strategy.tasks.empty());
}

TEST(Strategy, ShortExtentsAreGatheredFromAMappingIfTheyAreCached) {
  const Plan plan = plain(4096, 4096, 16);
  EXPECT_EQ(needed_probe(plan, plan.layers[0], facts_of(plan).layers[0]), Probe::pages);
  const ReadStrategy cached = choose_strategy(plan, probed(plan, Residency::full));
  EXPECT_EQ(cached.layers[0].mode, Mode::mapped);
  EXPECT_EQ(cached.reason, EngineReason::short_runs_cached);
  EXPECT_TRUE(cached.may_run_inline);

  const ReadStrategy cold = choose_strategy(plan, probed(plan, Residency::partial));
  EXPECT_EQ(cold.layers[0].mode, Mode::extents);
  EXPECT_EQ(cold.reason, EngineReason::not_cached);
  EXPECT_FALSE(cold.may_run_inline);
}

TEST(Strategy, SamplesAreNotEnoughToGatherOnTheCallingThread) {
  const Plan plan = plain(4096, 4096, 16);
  ReadFacts facts = probed(plan, Residency::full);
  facts.layers[0].pages_probed = false;
  const ReadStrategy strategy = choose_strategy(plan, facts);
  EXPECT_EQ(strategy.layers[0].mode, Mode::mapped);
  EXPECT_FALSE(strategy.may_run_inline);
}

TEST(Strategy, AShortColdReadStartsOnTheIoLaneInRanges) {
  const Plan plan = plain(1024, 4096, 512);  // 1024 extents in 4 tasks.
  const ReadStrategy strategy = choose_strategy(plan, probed(plan, Residency::partial));
  EXPECT_EQ(strategy.tasks.size(), 4U);
  EXPECT_EQ(strategy.lane, pool::Lane::io);
  EXPECT_EQ(strategy.sharing, Sharing::io_ranges);
  EXPECT_EQ(strategy.threads, 4U);
}

TEST(Strategy, ALongColdReadTriesThePageCacheFirst) {
  const Plan plan = plain(65536, 4096, 512);
  const ReadStrategy strategy = choose_strategy(plan, probed(plan, Residency::partial));
  EXPECT_GT(strategy.tasks.size(), 16U);
  EXPECT_EQ(strategy.lane, pool::Lane::compute);
  EXPECT_EQ(strategy.threads, 4U);
  EXPECT_EQ(strategy.io_threads, 16U);
}

TEST(Strategy, A4KAliasedRunIsCopiedFromAMappingIfItIsCached) {
  // The result begins 16 bytes after a page boundary, like large JavaScript arrays.
  const Plan plan = plain(256, 4096, 4096);
  const ReadFacts facts = facts_of(plan, kAligned + 16);
  ASSERT_TRUE(facts.layers[0].is_4k_aliased);
  EXPECT_EQ(needed_probe(plan, plan.layers[0], facts.layers[0]), Probe::samples);
  const ReadStrategy cached = choose_strategy(plan, probed(plan, Residency::full, kAligned + 16));
  EXPECT_EQ(cached.layers[0].mode, Mode::mapped);
  EXPECT_EQ(cached.reason, EngineReason::cached4k_aliased);
  const ReadStrategy cold = choose_strategy(plan, probed(plan, Residency::partial, kAligned + 16));
  EXPECT_EQ(cold.layers[0].mode, Mode::extents);
  EXPECT_EQ(cold.reason, EngineReason::whole_runs);
  EXPECT_EQ(choose_strategy(plan, facts_of(plan, kAligned)).layers[0].mode, Mode::extents);
}

TEST(Strategy, ARequestedEngineIsUsedWithoutAProbe) {
  for (const EngineKind engine : {EngineKind::pread, EngineKind::direct, EngineKind::uring, EngineKind::uring_direct}) {
    Plan plan = plain(4096, 4096, 16);
    plan.engine = engine;
    EXPECT_EQ(needed_probe(plan, plan.layers[0], facts_of(plan).layers[0]), Probe::none);
    const ReadStrategy strategy = choose_strategy(plan, facts_of(plan));
    EXPECT_EQ(strategy.channel, engine);
    EXPECT_EQ(strategy.reason, EngineReason::asked);
    EXPECT_EQ(strategy.direct_io, traits_of(engine).direct);
    EXPECT_EQ(strategy.waits(), traits_of(engine).waits);
    EXPECT_EQ(strategy.uses_ring(), traits_of(engine).ring);
  }
}

TEST(Strategy, ARingSharesItsDepthAmongItsThreads) {
  Plan plan = plain(65536, 4096, 512);
  plan.engine = EngineKind::uring;
  const ReadStrategy strategy = choose_strategy(plan, facts_of(plan));
  EXPECT_EQ(strategy.threads, 4U);
  EXPECT_EQ(strategy.depth, 16U);
  plan.queue_depth = 4;
  plan.threads = 8;  // The caller may request more threads than there are cores.
  EXPECT_EQ(choose_strategy(plan, facts_of(plan)).threads, 8U);
  EXPECT_EQ(choose_strategy(plan, facts_of(plan)).depth, 1U);
}

TEST(Strategy, ManyShortDirectExtentsPinTheResult) {
  Plan plan = plain(4096, 4096, 512);
  plan.engine = EngineKind::uring_direct;
  EXPECT_TRUE(choose_strategy(plan, facts_of(plan)).pins_result);
  plan.engine = EngineKind::uring;
  EXPECT_FALSE(choose_strategy(plan, facts_of(plan)).pins_result);
  Plan few = plain(128, 4096, 512);
  few.engine = EngineKind::uring_direct;
  EXPECT_FALSE(choose_strategy(few, facts_of(few)).pins_result);
}

TEST(Strategy, AReadThatDropsTheCacheWaitsAndDropsBehind) {
  for (const CachePolicy cache : {CachePolicy::drop, CachePolicy::dontcache}) {
    Plan plan = plain(4096, 4096, 16);
    plan.cache = cache;
    ReadFacts facts = facts_of(plan);
    facts.layers[0].file_range = Residency::partial;
    EXPECT_EQ(needed_probe(plan, plan.layers[0], facts.layers[0]), Probe::none);
    const ReadStrategy strategy = choose_strategy(plan, facts);
    EXPECT_EQ(strategy.lane, pool::Lane::io);
    EXPECT_EQ(strategy.sharing, Sharing::io_ranges);
    EXPECT_TRUE(strategy.drop_behind);
    EXPECT_FALSE(strategy.may_run_inline);
    EXPECT_FALSE(strategy.direct_io);
    EXPECT_EQ(strategy.reason, EngineReason::whole_runs);
  }
}

TEST(Strategy, AReadThatDropsTheCacheMapsWhatIsCachedAlready) {
  Plan plan = plain(4096, 4096, 16);
  plan.cache = CachePolicy::drop;
  ReadFacts facts = facts_of(plan);
  facts.layers[0].file_range = Residency::full;
  EXPECT_EQ(needed_probe(plan, plan.layers[0], facts.layers[0]), Probe::samples);
  facts.layers[0].is_mapped = true;
  facts.layers[0].selection = Residency::full;
  const ReadStrategy strategy = choose_strategy(plan, facts);
  EXPECT_EQ(strategy.layers[0].mode, Mode::mapped);
  EXPECT_EQ(strategy.lane, pool::Lane::compute);
  EXPECT_TRUE(strategy.drop_behind);
}

TEST(Strategy, LongRunsOfUncachedDataBypassTheCacheIfItIsDropped) {
  Plan plan = plain(4096, 4096, 4096);
  plan.cache = CachePolicy::drop;
  ReadFacts facts = facts_of(plan);
  facts.layers[0].file_range = Residency::low;
  EXPECT_TRUE(choose_strategy(plan, facts).direct_io);
  EXPECT_EQ(choose_strategy(plan, facts).reason, EngineReason::direct_io);

  facts.layers[0].file_range = Residency::partial;
  EXPECT_FALSE(choose_strategy(plan, facts).direct_io);
  facts.layers[0].file_range = Residency::low;
  plan.readahead = Readahead::sequential;  // The caller chose the read-ahead.
  EXPECT_FALSE(choose_strategy(plan, facts).direct_io);
  plan.readahead = Readahead::kernel;
  plan.cache = CachePolicy::keep;
  EXPECT_FALSE(choose_strategy(plan, facts).direct_io);

  Plan small = plain(1024, 4096, 4096);
  small.cache = CachePolicy::drop;
  ReadFacts small_facts = facts_of(small);
  small_facts.layers[0].file_range = Residency::low;
  EXPECT_FALSE(choose_strategy(small, small_facts).direct_io);
}

TEST(Strategy, AMappingThatIsRequestedNeverDropsBehind) {
  Plan plan = plain(4096, 4096, 16);
  plan.cache = CachePolicy::drop;
  plan.engine = EngineKind::mmap;
  ReadFacts facts = facts_of(plan);
  EXPECT_EQ(needed_probe(plan, plan.layers[0], facts.layers[0]), Probe::mapping);
  facts.layers[0].is_mapped = true;
  const ReadStrategy strategy = choose_strategy(plan, facts);
  EXPECT_EQ(strategy.layers[0].mode, Mode::mapped);
  EXPECT_EQ(strategy.channel, EngineKind::pread);
  EXPECT_FALSE(strategy.drop_behind);
  facts.layers[0].is_mapped = false;  // As if mmap had failed.
  EXPECT_EQ(choose_strategy(plan, facts).reason, EngineReason::not_mappable);
}

TEST(Strategy, ManySmallFilesAreOpenedInBatchesIfThereIsARing) {
  Plan plan = encoded(100, 64 * kKiB, Locations::Kind::names);
  ASSERT_TRUE(may_open_in_batches(plan));
  ReadFacts facts = facts_of(plan);
  EXPECT_FALSE(choose_strategy(plan, facts).batched);
  facts.has_io_uring = true;
  const ReadStrategy strategy = choose_strategy(plan, facts);
  EXPECT_TRUE(strategy.batched);
  EXPECT_EQ(strategy.lane, pool::Lane::io);
  EXPECT_EQ(strategy.channel, EngineKind::uring);
  EXPECT_EQ(strategy.reason, EngineReason::many_files);
  EXPECT_FALSE(may_open_in_batches(encoded(31, 64 * kKiB, Locations::Kind::names)));
  EXPECT_FALSE(may_open_in_batches(encoded(100, kMiB, Locations::Kind::names)));
  plan.cache = CachePolicy::drop;
  EXPECT_FALSE(may_open_in_batches(plan));
}

TEST(Strategy, EncodedChunksAreReadWhole) {
  const Plan plan = encoded(100, kMiB, Locations::Kind::open_file);
  EXPECT_FALSE(may_open_in_batches(plan));
  const ReadStrategy strategy = choose_strategy(plan, facts_of(plan));
  EXPECT_EQ(strategy.layers[0].mode, Mode::whole);
  EXPECT_EQ(strategy.reason, EngineReason::encoded);
  EXPECT_EQ(strategy.tasks.size(), 100U);
  EXPECT_EQ(strategy.threads, 4U);
  // There must be room for a chunk that could not be compressed, and for its decoded bytes.
  EXPECT_GE(strategy.layers[0].scratch_bytes, 2 * kMiB);
  EXPECT_LT(strategy.layers[0].scratch_bytes, 3 * kMiB);
}

TEST(Strategy, ALayerWithoutChunksIsFilled) {
  Plan plan = encoded(8, kMiB, Locations::Kind::absent);
  plan.layers[0].chain = nullptr;
  const ReadStrategy strategy = choose_strategy(plan, facts_of(plan));
  EXPECT_EQ(strategy.layers[0].mode, Mode::fill);
  EXPECT_EQ(strategy.reason, EngineReason::nothing);
  EXPECT_EQ(strategy.tasks.size(), 8U);
}

TEST(Strategy, ShortReadsAreExpectedToNeedLessTime) {
  const Plan small = plain(1, 64 * kKiB, 4 * kKiB);
  const Plan large = encoded(100, kMiB, Locations::Kind::open_file);
  EXPECT_LT(choose_strategy(small, facts_of(small)).demand.expected_ns,
            choose_strategy(large, facts_of(large)).demand.expected_ns / 100);
}

TEST(Strategy, TheSameFactsGiveTheSameStrategy) {
  const Plan plan = plain(4096, 4096, 16);
  const ReadFacts facts = probed(plan, Residency::full);
  const ReadStrategy first = choose_strategy(plan, facts);
  const ReadStrategy second = choose_strategy(plan, facts);
  EXPECT_EQ(first.tasks.size(), second.tasks.size());
  EXPECT_EQ(first.reason, second.reason);
  EXPECT_EQ(first.layers[0].block, second.layers[0].block);
}

/// Returns facts about a file whose path was looked up a moment ago and which supports RWF_NOWAIT.
InlineFacts inline_facts_of(const Plan& plan) {
  InlineFacts facts;
  facts.supports_nowait = facts.path_is_fresh = true;
  facts.layer = describe_layer(plan, plan.layers[0], kAligned);
  return facts;
}

TEST(InlineStrategy, ASmallRunOfAnOpenFileIsReadByExtents) {
  const Plan plan = plain(4, 64 * kKiB, 4 * kKiB);  // 4 extents.
  ASSERT_TRUE(may_choose_inline(plan));
  const auto strategy = choose_inline_strategy(plan, inline_facts_of(plan));
  ASSERT_TRUE(strategy.has_value());
  EXPECT_TRUE(strategy->may_run_inline);
  EXPECT_EQ(strategy->reason, EngineReason::whole_runs);
  ASSERT_EQ(strategy->layers.size(), 1U);
  EXPECT_EQ(strategy->layers[0].mode, Mode::extents);
  EXPECT_EQ(strategy->layers[0].level, plan.layers[0].extent_level);
  EXPECT_EQ(strategy->layers[0].block, plan.layers[0].extent_block);
  EXPECT_FALSE(strategy->tasks.empty());
  EXPECT_FALSE(strategy->waits() || strategy->direct_io || strategy->drop_behind || strategy->batched);
}

TEST(InlineStrategy, ManyExtentsRunOnThePool) {
  const Plan plan = plain(5, 64 * kKiB, 4 * kKiB);
  ASSERT_TRUE(may_choose_inline(plan));
  EXPECT_FALSE(choose_inline_strategy(plan, inline_facts_of(plan)).has_value());
}

TEST(InlineStrategy, ManyExtentsAreGatheredIfTheirPagesWereAccessedAMomentAgo) {
  const Plan plan = plain(5, 64 * kKiB, 4 * kKiB);
  InlineFacts facts = inline_facts_of(plan);
  facts.pages_are_recent = true;
  facts.supports_nowait = false;  // Gathering makes no read call.
  const auto strategy = choose_inline_strategy(plan, facts);
  ASSERT_TRUE(strategy.has_value());
  EXPECT_TRUE(strategy->may_run_inline);
  EXPECT_EQ(strategy->layers[0].mode, Mode::mapped);
  EXPECT_EQ(strategy->reason, choose_strategy(plan, probed(plan, Residency::full)).reason);
  EXPECT_FALSE(strategy->waits() || strategy->direct_io || strategy->drop_behind || strategy->batched);
  facts.path_is_fresh = false;
  EXPECT_FALSE(choose_inline_strategy(plan, facts).has_value());
}

TEST(InlineStrategy, AFileThatMayWaitOrMayHaveBeenReplacedIsReadOnThePool) {
  const Plan plan = plain(1, 64 * kKiB, 4 * kKiB);
  InlineFacts facts = inline_facts_of(plan);
  facts.supports_nowait = false;
  EXPECT_FALSE(choose_inline_strategy(plan, facts).has_value());
  facts = inline_facts_of(plan);
  facts.path_is_fresh = false;
  EXPECT_FALSE(choose_inline_strategy(plan, facts).has_value());
}

TEST(InlineStrategy, FactsAreThoseOfTheOpenFile) {
  const Plan plan = plain(1, 64 * kKiB, 4 * kKiB);
  sys::OpenFile& file = *plan.layers[0].where.file;
  constexpr std::uint64_t kNow = std::uint64_t{1} << 60;
  const InlineFacts stale = gather_inline_facts(plan, nullptr, kNow);
  EXPECT_TRUE(stale.supports_nowait);
  EXPECT_FALSE(stale.path_is_fresh);  // The path was never looked up.
  EXPECT_EQ(stale.layer.extent_count, 1U);
  EXPECT_EQ(stale.layer.extent_bytes, 4 * kKiB);
  file.nowait_ok = false;
  EXPECT_FALSE(gather_inline_facts(plan, nullptr, kNow).supports_nowait);
}

TEST(InlineStrategy, OtherPlansAreRefusedBeforeFactsAreGathered) {
  const auto small = [] { return plain(1, 64 * kKiB, 4 * kKiB); };
  ASSERT_TRUE(may_choose_inline(small()));
  EXPECT_FALSE(may_choose_inline(plain(1, kMiB, 129 * kKiB)));
  EXPECT_FALSE(may_choose_inline(Plan()));
  EXPECT_FALSE(may_choose_inline(encoded(1, 4 * kKiB, Locations::Kind::open_file)));

  const auto refuses = [&](auto change) {
    Plan plan = small();
    change(plan);
    return !may_choose_inline(plan);
  };
  EXPECT_TRUE(refuses([](Plan& plan) { plan.engine = EngineKind::pread; }));
  EXPECT_TRUE(refuses([](Plan& plan) { plan.cache = CachePolicy::drop; }));
  EXPECT_TRUE(refuses([](Plan& plan) { plan.readahead = Readahead::bytes; }));
  EXPECT_TRUE(refuses([](Plan& plan) { plan.consistency = Consistency::lease; }));
  EXPECT_TRUE(refuses([](Plan& plan) { plan.prefill = true; }));
  EXPECT_TRUE(refuses([](Plan& plan) { plan.layers[0].where.kind = Locations::Kind::names; }));
  EXPECT_TRUE(refuses([](Plan& plan) { plan.layers[0].where.offsets[0] = -1; }));
  EXPECT_TRUE(refuses([&](Plan& plan) { plan.layers.push_back(small().layers[0]); }));
}

}  // namespace
}  // namespace posixpar
