#include "native/exec/strategy/read_strategy.h"

#include <algorithm>

#include "native/exec/page_cache/bypass.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/run/prefill.h"
#include "native/exec/strategy/demand.h"
#include "native/pool/buffers.h"

namespace posixpar {
namespace {

/// Files are opened in batches with io_uring only if a read opens at least kMinBatchFiles files (one per chunk), and
/// each decoded chunk has at most kMaxBatchFileBytes bytes.
constexpr std::size_t kMinBatchFiles = 32;
constexpr std::uint64_t kMaxBatchFileBytes = std::uint64_t{128} << 10;
/// io_uring registers the memory of the result (Ring::fix_memory) only if there are many short direct reads. Otherwise,
/// registering takes more time than it saves.
constexpr std::uint64_t kMinPinnedExtents = 256;
constexpr std::uint64_t kMaxPinnedExtentBytes = std::uint64_t{64} << 10;
constexpr std::uint64_t kMaxPinnedBytes = std::uint64_t{256} << 20;
/// A read with at most this number of tasks starts on the I/O lane if a sample of its data is not cached. Trying the
/// page cache first would only delay such a short read.
constexpr std::size_t kShortTasks = 16;
/// Default number of extents in flight of one read.
constexpr unsigned kDefaultDepth = 64;

std::uint64_t result_bytes_of(const Plan& plan) { return plan.elements * dtype_size(plan.out_type); }

/// Estimates the number and total length of the extents of a layer in an open file. For Mode::extents, assumes that
/// each chunk has as many extents as the first one, all as long as its first extent.
IoEstimate estimate_io(const PlanLayer& layer, const LayerStrategy& strategy) {
  const Locations& where = layer.where;
  IoEstimate io;
  if (strategy.mode == Mode::whole) {
    for (std::size_t i = 0; i < where.offsets.size(); i++) {
      if (where.offsets[i] >= 0) io.bytes += static_cast<std::uint64_t>(where.lengths[i]);
    }
    io.count = where.extent_count(layer.chunk_count);
  } else if (strategy.mode == Mode::extents) {
    ChunkGeometry geometry(layer, 1);
    geometry.seek(0);
    io.count = geometry.extent_count(strategy.level, strategy.block) * layer.use_count();
    io.bytes = geometry.extent(strategy.level, strategy.block, 0).length * io.count;
  }
  return io;
}

bool reads_files(const LayerStrategy& layer) { return layer.mode == Mode::whole || layer.mode == Mode::extents; }

bool is_batched(const Plan& plan, const ReadFacts& facts, std::size_t tasks) {
  return facts.has_io_uring && tasks >= kMinBatchFiles && plan.chunk_count() == tasks;
}

bool must_not_populate_cache(const Plan& plan, const ReadFacts& facts, const std::vector<LayerStrategy>& layers) {
  for (std::size_t i = 0; i < layers.size(); i++) {
    if (reads_files(layers[i]) && must_not_populate_cache(plan, facts.layers[i].file_range)) return true;
  }
  return false;
}

bool is_direct(const Plan& plan, const ReadFacts& facts, const std::vector<LayerStrategy>& layers) {
  IoEstimate io;
  for (std::size_t i = 0; i < layers.size(); i++) {
    if (layers[i].mode == Mode::fill) continue;
    if (facts.layers[i].file_range != Residency::low) return false;
    const IoEstimate layer = estimate_io(plan.layers[i], layers[i]);
    io.bytes += layer.bytes;
    io.count += layer.count;
  }
  return prefers_direct_io(plan, io);
}

/// True if the read has few tasks, and the probes have not found the data of any layer completely in the page cache.
bool is_cold(const Plan& plan, const ReadStrategy& strategy) {
  if (plan.waits() || strategy.tasks.size() > kShortTasks || strategy.layers.empty()) return false;
  return std::ranges::all_of(strategy.layers,
                             [](const LayerStrategy& layer) { return layer.reason == EngineReason::not_cached; });
}

EngineKind choose_channel(const Plan& plan, bool batched) {
  if (plan.engine != EngineKind::automatic && plan.engine != EngineKind::mmap) return plan.engine;
  return batched ? EngineKind::uring : EngineKind::pread;
}

unsigned compute_threads(const Plan& plan, const ReadFacts& facts, std::size_t tasks) {
  const std::size_t width = facts.compute_threads;
  const std::size_t limit = plan.threads == 0 ? width : std::min<std::size_t>(plan.threads, width);
  const std::size_t pieces = plan.prefill ? result_bytes_of(plan) / Prefill::kPieceBytes : 0;
  return static_cast<unsigned>(std::clamp<std::size_t>(std::max(tasks, pieces), 1, std::max<std::size_t>(1, limit)));
}

unsigned io_threads(const Plan& plan, const ReadFacts& facts, const ReadStrategy& strategy) {
  // With a ring, one thread can have many extents in flight, so fewer threads are needed. Other channels have one
  // extent in flight per thread.
  const unsigned width = strategy.uses_ring() ? facts.compute_threads : facts.io_threads;
  const std::size_t limit = plan.threads == 0 ? width : std::min(plan.threads, facts.io_threads);
  return static_cast<unsigned>(std::clamp<std::size_t>(strategy.tasks.size(), 1, std::max<std::size_t>(1, limit)));
}

bool pins_result(const Plan& plan, const std::vector<Task>& tasks) {
  if (plan.engine != EngineKind::uring_direct || plan.sink != nullptr) return false;
  std::uint64_t extents = 0;
  for (const Task& task : tasks) extents += task.count;
  const std::uint64_t bytes = result_bytes_of(plan);
  return extents >= kMinPinnedExtents && bytes / extents <= kMaxPinnedExtentBytes && bytes <= kMaxPinnedBytes;
}

}  // namespace

bool may_open_in_batches(const Plan& plan) {
  if (!plan.has_default_access() || plan.prefill) return false;
  return plan.chunk_count() >= kMinBatchFiles && std::ranges::all_of(plan.layers, [&](const PlanLayer& layer) {
           return plan.opens_each_chunk(layer) && decoded_chunk_bytes(layer) <= kMaxBatchFileBytes;
         });
}

ReadStrategy choose_strategy(const Plan& plan, const ReadFacts& facts) {
  ReadStrategy strategy;
  strategy.may_run_inline = is_inline_candidate(plan);
  strategy.layers.reserve(plan.layers.size());
  for (std::size_t i = 0; i < plan.layers.size(); i++) {
    strategy.layers.push_back(choose_layer_strategy(plan, plan.layers[i], facts.layers[i]));
    strategy.may_run_inline = strategy.may_run_inline && strategy.layers[i].may_run_inline;
    if (strategy.reason == EngineReason::none) strategy.reason = strategy.layers[i].reason;
  }
  strategy.tasks = split_into_tasks(plan, strategy.layers);

  strategy.batched = is_batched(plan, facts, strategy.tasks.size());
  const bool bypasses_cache = must_not_populate_cache(plan, facts, strategy.layers);
  const bool is_known_cold = bypasses_cache || (!strategy.batched && is_cold(plan, strategy));
  strategy.lane = plan.waits() || strategy.batched || is_known_cold ? pool::Lane::io : pool::Lane::compute;
  strategy.sharing = is_known_cold ? Sharing::io_ranges : Sharing::in_turns;
  strategy.channel = choose_channel(plan, strategy.batched);
  strategy.direct_io = plan.direct_io();
  if (bypasses_cache && is_direct(plan, facts, strategy.layers)) {
    strategy.direct_io = true;
    strategy.reason = EngineReason::direct_io;
  }
  if (strategy.direct_io) {
    for (LayerStrategy& layer : strategy.layers) {
      if (!reads_files(layer)) continue;
      layer.max_scratch_bytes += pool::BufferPool::capacity_of(layer.max_stored_bytes + 2 * pool::kBufferAlignment);
    }
  }
  if (strategy.batched) strategy.reason = EngineReason::many_files;
  // Needed for direct I/O, too: if a file system rejects O_DIRECT, the file is read through the page cache.
  strategy.drop_behind = plan.drops_cache() && plan.engine != EngineKind::mmap;
  strategy.pins_result = pins_result(plan, strategy.tasks);

  strategy.io_threads = io_threads(plan, facts, strategy);
  strategy.threads = strategy.waits() ? strategy.io_threads : compute_threads(plan, facts, strategy.tasks.size());
  const unsigned channels = strategy.waits() ? strategy.io_threads : 1;
  strategy.depth = std::max(1U, (plan.queue_depth == 0 ? kDefaultDepth : plan.queue_depth) / channels);
  strategy.demand = demand_of(plan, strategy.layers);
  return strategy;
}

}  // namespace posixpar
