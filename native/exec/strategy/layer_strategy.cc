#include "native/exec/strategy/layer_strategy.h"

#include <algorithm>
#include <array>

#include "native/exec/page_cache/bypass.h"
#include "native/exec/plan/element_sink.h"
#include "native/pool/buffers.h"

namespace posixpar {
namespace {

constexpr std::uint64_t kTaskBytes = std::uint64_t{1} << 20;
/// Size of a task of a large read: two huge pages. With smaller tasks, two threads would often touch the same new huge
/// page at the same time, and both would clear it.
constexpr std::uint64_t kLargeTaskBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kLargeRead = std::uint64_t{64} << 20;
/// Target size of a task that gathers from a mapping, counted in selected bytes (without gaps).
constexpr std::uint64_t kMappedTaskBytes = std::uint64_t{256} << 10;
/// Target size of an extent whose elements are added to a sink. It stays in the L2 cache between the read and the
/// additions.
constexpr std::uint64_t kSinkExtentBytes = std::uint64_t{256} << 10;
/// Results of at least this size use tasks of kTaskBytes or kLargeTaskBytes even if a mapping is used to avoid slow
/// copies. The reason is that threads should not share new huge pages (kLargeTaskBytes).
constexpr std::uint64_t kLargeMappedRead = std::uint64_t{8} << 20;
/// Extents of at least this length are read by system calls, because the copy takes much longer than the call itself.
/// If the copy is 4K-aliased (slow), a mapping may be used instead (kMinAliasedBytes).
constexpr std::uint64_t kLongExtentBytes = std::uint64_t{16} << 10;
/// Minimum length of an extent for which a residency probe pays off if the copy of the extent is 4K-aliased (slow). If
/// the data is cached, a mapping avoids the slow copy.
constexpr std::uint64_t kMinAliasedBytes = std::uint64_t{64} << 10;
/// Maximum number of extents that are treated like long extents, whatever their length: they are read by system calls,
/// without a residency probe unless the copy is slow.
constexpr std::uint64_t kFewExtents = 4;
/// If a layer has more extents than this in all chunks together, a probe pays off, although each chunk has few of them.
constexpr std::uint64_t kFewInAllChunks = 64;

/// Maximum number of extents of the first chunk, if the calling thread may read an unmapped layer (Case::unmapped)
/// without help of the pool.
constexpr std::uint64_t kMaxInlineExtents = 64;

/// Kinds of layers whose chunks may be read in part (PlanLayer::partial_reads).
enum class Case : std::uint8_t {
  unmapped,       ///< No mapping can be used, the caller wants none, or the read must not populate the page cache.
  long_extents,   ///< Extents are read directly into the result, unless the copy would be slow (4K aliasing).
  short_extents,  ///< Elements are gathered from a mapping if they are cached, or if the caller wants `mmap`.
};

bool uses_system_calls(const Plan& plan) {
  return plan.engine != EngineKind::automatic && plan.engine != EngineKind::mmap;
}

bool is_mappable(const PlanLayer& layer) {
  return layer.where.kind == Locations::Kind::open_file && layer.where.file->id().size > 0;
}

Case case_of(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts) {
  if (uses_system_calls(plan) || skips_mmap(plan, facts.file_range) || !is_mappable(layer)) return Case::unmapped;
  const bool is_few = facts.extent_count <= kFewExtents && facts.extent_count * layer.use_count() <= kFewInAllChunks;
  const bool is_long = facts.extent_bytes >= kLongExtentBytes || is_few;
  if (plan.engine == EngineKind::automatic && facts.is_in_place && is_long) return Case::long_extents;
  return Case::short_extents;
}

bool has_few_extents(const PlanLayer& layer, const LayerFacts& facts) {
  return layer.use_count() == 1 && facts.extent_count <= kFewExtents;
}

bool is_slow_copy(const LayerFacts& facts) { return facts.is_4k_aliased && facts.extent_bytes >= kMinAliasedBytes; }

/// Splits a layer into extents of at most `extent_bytes` selected bytes. Splits the slowest dimension of which one
/// position is that short. If there is no such dimension, splits the fastest one.
void cut_extents(const PlanLayer& layer, std::uint64_t extent_bytes, LayerStrategy& strategy) {
  std::uint64_t inner = dtype_size(layer.stored);
  std::array<std::uint64_t, kMaxRank> largest{};
  const std::size_t rank = layer.rank();
  for (std::size_t d = 0; d < rank; d++) {
    for (std::size_t p = 0; p < layer.projection_count(); p++) {
      for (const Segment& s : layer.projection(p).dims[d].segments) largest[d] = std::max(largest[d], s.count);
    }
    inner *= largest[d];
  }
  strategy.level = 0;
  strategy.block = 1;
  for (std::uint32_t i = 0; i < rank; i++) {
    strategy.level = i;
    inner /= largest[layer.axis_order[i]];
    if (inner <= extent_bytes || i + 1 == rank) {
      strategy.block = std::max<std::uint64_t>(1, extent_bytes / std::max<std::uint64_t>(1, inner));
      return;
    }
  }
}

/// Splits a layer into tasks that gather from a mapping, each with one extent.
void cut_mapped(const PlanLayer& layer, std::uint64_t task_bytes, LayerStrategy& strategy) {
  strategy.mode = Mode::mapped;
  cut_extents(layer, task_bytes, strategy);
}

EngineReason reason_without_mapping(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts) {
  if (uses_system_calls(plan)) return EngineReason::asked;
  if (facts.is_in_place) return EngineReason::whole_runs;
  if (layer.where.kind != Locations::Kind::open_file) return EngineReason::own_files;
  return skips_mmap(plan, facts.file_range) ? EngineReason::skips_mmap : EngineReason::not_mappable;
}

void choose_unmapped(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts, LayerStrategy& strategy) {
  strategy.reason = reason_without_mapping(plan, layer, facts);
  strategy.may_run_inline = is_inline_candidate(plan) && !plan.waits() && facts.extent_count <= kMaxInlineExtents;
}

void choose_long(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts, LayerStrategy& strategy) {
  const bool is_inline = is_inline_candidate(plan) && has_few_extents(layer, facts);
  strategy.reason = EngineReason::whole_runs;
  strategy.may_run_inline = is_inline;
  if (!is_slow_copy(facts) || !facts.is_mapped) return;
  if (facts.selection != Residency::full || facts.pages_probed != is_inline) return;
  strategy.reason = EngineReason::cached4k_aliased;
  const std::uint64_t bytes = plan.elements * dtype_size(plan.out_type);
  cut_mapped(layer, bytes < kLargeMappedRead ? kMappedTaskBytes : task_bytes_for(bytes), strategy);
}

/// Gathers cached data from a mapping.
void gather_mapped(const PlanLayer& layer, const LayerFacts& facts, LayerStrategy& strategy) {
  strategy.reason = facts.is_in_place ? EngineReason::short_runs_cached : EngineReason::sparse_cached;
  cut_mapped(layer, kMappedTaskBytes, strategy);
}

void choose_short(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts, LayerStrategy& strategy) {
  if (!facts.is_mapped) {
    strategy.reason = EngineReason::not_mappable;
    return;
  }
  if (plan.engine == EngineKind::mmap) {
    strategy.reason = EngineReason::asked;
    cut_mapped(layer, kMappedTaskBytes, strategy);
    return;
  }
  strategy.may_run_inline = is_inline_candidate(plan) && facts.pages_probed;
  if (facts.selection != Residency::full) {
    strategy.reason = EngineReason::not_cached;
    return;
  }
  gather_mapped(layer, facts, strategy);
}

/// Returns the length of the longest extent that consists of adjacent stored chunks.
std::uint64_t longest_extent(const Locations& where) {
  std::uint64_t longest = 0;
  for (std::size_t e = 0; e + 1 < where.extent_starts.size(); e++) {
    const double begin = where.offsets[where.order[where.extent_starts[e]]];
    for (std::uint32_t k = where.extent_starts[e]; k < where.extent_starts[e + 1]; k++) {
      const double end = where.offsets[where.order[k]] + where.lengths[where.order[k]];
      if (begin >= 0 && end > begin) longest = std::max(longest, static_cast<std::uint64_t>(end - begin));
    }
  }
  return longest;
}

/// Returns the maximum length of the extents of a layer whose chunks are read as a whole. A stored chunk may be a
/// little longer than the decoded one, if its data could not be compressed.
std::uint64_t max_stored_extent(const PlanLayer& layer) {
  const std::uint64_t decoded = decoded_chunk_bytes(layer);
  return std::max(longest_extent(layer.where), decoded + decoded / 16 + 4096);
}

/// Estimates the scratch memory for a decoded chunk, and for the stored bytes of an extent.
std::uint64_t whole_chunk_scratch(const PlanLayer& layer) {
  const std::uint64_t decoded = decoded_chunk_bytes(layer);
  return decoded + max_stored_extent(layer);
}

/// Sets the upper bounds of the scratch memory, of which choose_access() has set the estimate.
void limit_scratch(const PlanLayer& layer, const LayerFacts& facts, LayerStrategy& strategy) {
  const auto capacity = [](std::uint64_t bytes) { return pool::BufferPool::capacity_of(bytes); };
  if (strategy.mode == Mode::extents) {
    strategy.max_stored_bytes = std::max(kTaskBytes, facts.extent_bytes);
    strategy.max_scratch_bytes = capacity(strategy.max_stored_bytes);
  } else if (strategy.mode == Mode::whole) {
    const std::uint64_t decoded = decoded_chunk_bytes(layer);
    strategy.max_stored_bytes = max_stored_extent(layer);
    strategy.max_scratch_bytes = capacity(strategy.max_stored_bytes);
    if (layer.chain == nullptr || layer.chain->empty()) return;
    strategy.max_scratch_bytes += capacity(decoded) + layer.chain->max_decode_scratch(decoded);
  }
}

}  // namespace

std::uint64_t decoded_chunk_bytes(const PlanLayer& layer) { return layer.chunk_bytes(); }

std::uint64_t task_bytes_for(std::uint64_t result_bytes) {
  return result_bytes >= kLargeRead ? kLargeTaskBytes : kTaskBytes;
}

Probe needed_probe(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts) {
  if (layer.where.kind == Locations::Kind::absent || !layer.partial_reads) return Probe::none;
  const bool is_inline = is_inline_candidate(plan);
  switch (case_of(plan, layer, facts)) {
    case Case::unmapped:
      return Probe::none;
    case Case::long_extents:
      if (!is_slow_copy(facts)) return Probe::none;
      return is_inline && has_few_extents(layer, facts) ? Probe::pages : Probe::samples;
    case Case::short_extents:
      if (plan.engine == EngineKind::mmap) return Probe::mapping;
      return is_inline ? Probe::pages : Probe::samples;
  }
  return Probe::none;
}

LayerStrategy choose_mapped(const PlanLayer& layer, const LayerFacts& facts) {
  LayerStrategy strategy;
  gather_mapped(layer, facts, strategy);
  return strategy;
}

namespace {

LayerStrategy choose_access(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts) {
  LayerStrategy strategy;
  strategy.scratch_bytes = std::uint64_t{1} << 20;
  if (layer.where.kind == Locations::Kind::absent) {
    strategy.mode = Mode::fill;
    strategy.reason = EngineReason::nothing;
    return strategy;
  }
  if (!layer.partial_reads) {
    strategy.scratch_bytes = whole_chunk_scratch(layer);
    return strategy;
  }
  strategy.mode = Mode::extents;
  strategy.level = layer.extent_level;
  strategy.block = layer.extent_block;
  switch (case_of(plan, layer, facts)) {
    case Case::unmapped:
      choose_unmapped(plan, layer, facts, strategy);
      break;
    case Case::long_extents:
      choose_long(plan, layer, facts, strategy);
      break;
    case Case::short_extents:
      choose_short(plan, layer, facts, strategy);
      break;
  }
  const bool is_cut = plan.sink != nullptr && strategy.mode == Mode::extents && facts.is_in_place;
  if (is_cut && facts.extent_bytes > kSinkExtentBytes) cut_extents(layer, kSinkExtentBytes, strategy);
  return strategy;
}

}  // namespace

LayerStrategy choose_layer_strategy(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts) {
  LayerStrategy strategy = choose_access(plan, layer, facts);
  limit_scratch(layer, facts, strategy);
  if (plan.sink != nullptr) {
    strategy.scratch_bytes += kSinkScratchBytes;
    strategy.max_scratch_bytes += pool::BufferPool::capacity_of(kSinkScratchBytes);
  }
  return strategy;
}

}  // namespace posixpar
