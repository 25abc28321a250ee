#include "native/exec/strategy/layer_strategy.h"

#include <algorithm>
#include <array>

#include "native/exec/page_cache/bypass.h"

namespace posixpar {
namespace {

constexpr std::uint64_t kTaskBytes = std::uint64_t{1} << 20;
/// Size of a task of a large read: two huge pages, so that two threads seldom touch the same new huge page. Each
/// of them would clear it.
constexpr std::uint64_t kLargeTaskBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kLargeRead = std::uint64_t{64} << 20;
/// Target size of a task that gathers from a mapping, counted in selected bytes (without gaps).
constexpr std::uint64_t kMappedTaskBytes = std::uint64_t{256} << 10;
/// Minimum result size for which a task that gathers from a mapping is as large as one that reads, so that two threads
/// seldom touch the same new huge page.
constexpr std::uint64_t kLargeMappedRead = std::uint64_t{8} << 20;
/// Minimum length of an extent whose system call costs little compared with the copy.
constexpr std::uint64_t kLongExtentBytes = std::uint64_t{16} << 10;
/// Minimum length of an extent whose slow copy under 4K aliasing costs more than a residency probe.
constexpr std::uint64_t kMinAliasedBytes = std::uint64_t{64} << 10;
/// Maximum number of extents that are read one by one without a probe.
constexpr std::uint64_t kFewExtents = 4;

/// Cases of layers with partial reads.
enum class Case : std::uint8_t {
  unmapped,       ///< No mapping can be used, or the caller wants none.
  long_extents,   ///< Read directly into the result, unless the copy would be 4K-aliased.
  short_extents,  ///< Gathered from a mapping if they are in the page cache.
};

bool uses_system_calls(const Plan& plan) {
  return plan.engine != EngineKind::automatic && plan.engine != EngineKind::mmap;
}

bool is_mappable(const PlanLayer& layer) {
  return layer.where.kind == Locations::Kind::open_file && layer.where.file->id().size > 0;
}

Case case_of(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts) {
  if (uses_system_calls(plan) || skips_mmap(plan, facts.file_range) || !is_mappable(layer)) return Case::unmapped;
  const bool is_long = facts.extent_bytes >= kLongExtentBytes || facts.extent_count <= kFewExtents;
  if (plan.engine == EngineKind::automatic && facts.is_in_place && is_long) return Case::long_extents;
  return Case::short_extents;
}

bool has_few_extents(const PlanLayer& layer, const LayerFacts& facts) {
  return layer.use_count() == 1 && facts.extent_count <= kFewExtents;
}

bool is_slow_copy(const LayerFacts& facts) { return facts.is_4k_aliased && facts.extent_bytes >= kMinAliasedBytes; }

/// Splits a layer for gathering from a mapping, at the slowest dimension that gives tasks of a useful size.
void cut_mapped(const PlanLayer& layer, std::uint64_t task_bytes, LayerStrategy& strategy) {
  std::uint64_t inner = dtype_size(layer.stored);
  std::array<std::uint64_t, kMaxRank> largest{};
  const std::size_t rank = layer.rank();
  for (std::size_t d = 0; d < rank; d++) {
    for (std::size_t p = 0; p < layer.projection_count(); p++) {
      for (const Segment& s : layer.projection(p).dims[d].segments) largest[d] = std::max(largest[d], s.count);
    }
    inner *= largest[d];
  }
  strategy.mode = Mode::mapped;
  strategy.level = 0;
  strategy.block = 1;
  for (std::uint32_t i = 0; i < rank; i++) {
    strategy.level = i;
    inner /= largest[layer.axis_order[i]];
    if (inner <= task_bytes || i + 1 == rank) {
      strategy.block = std::max<std::uint64_t>(1, task_bytes / std::max<std::uint64_t>(1, inner));
      return;
    }
  }
}

EngineReason reason_without_mapping(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts) {
  if (uses_system_calls(plan)) return EngineReason::asked;
  if (facts.is_in_place) return EngineReason::whole_runs;
  if (layer.where.kind != Locations::Kind::open_file) return EngineReason::own_files;
  return skips_mmap(plan, facts.file_range) ? EngineReason::skips_mmap : EngineReason::not_mappable;
}

void choose_unmapped(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts, LayerStrategy& strategy) {
  strategy.reason = reason_without_mapping(plan, layer, facts);
  strategy.may_run_inline = is_inline_candidate(plan) && !plan.waits() && facts.extent_count <= kMaxProbedExtents;
}

void choose_long(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts, LayerStrategy& strategy) {
  const bool is_inline = is_inline_candidate(plan) && has_few_extents(layer, facts);
  strategy.reason = EngineReason::whole_runs;
  strategy.may_run_inline = is_inline;
  if (!is_slow_copy(facts) || !facts.is_mapped) return;
  if (facts.selection != Residency::full || facts.every_page_probed != is_inline) return;
  strategy.reason = EngineReason::cached4k_aliased;
  const std::uint64_t bytes = plan.elements * dtype_size(plan.out_type);
  cut_mapped(layer, bytes < kLargeMappedRead ? kMappedTaskBytes : task_bytes_for(bytes), strategy);
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
  strategy.may_run_inline = is_inline_candidate(plan) && facts.every_page_probed;
  if (facts.selection != Residency::full) {
    strategy.reason = EngineReason::not_cached;
    return;
  }
  strategy.reason = facts.is_in_place ? EngineReason::short_runs_cached : EngineReason::sparse_cached;
  cut_mapped(layer, kMappedTaskBytes, strategy);
}

/// Returns the length of the longest extent of whole chunks.
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

std::uint64_t whole_chunk_scratch(const PlanLayer& layer) {
  // Stored bytes may be a little longer than decoded bytes, if the data could not be compressed.
  const std::uint64_t decoded = decoded_chunk_bytes(layer);
  return decoded + std::max(longest_extent(layer.where), decoded + decoded / 16 + 4096);
}

}  // namespace

std::uint64_t decoded_chunk_bytes(const PlanLayer& layer) {
  std::uint64_t bytes = dtype_size(layer.stored);
  for (const PlanDim& dim : layer.first.dims) bytes *= dim.chunk_shape;
  return bytes;
}

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
      return is_inline && has_few_extents(layer, facts) ? Probe::every_page : Probe::samples;
    case Case::short_extents:
      if (plan.engine == EngineKind::mmap) return Probe::mapping;
      return is_inline ? Probe::every_page : Probe::samples;
  }
  return Probe::none;
}

LayerStrategy choose_layer_strategy(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts) {
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
  return strategy;
}

}  // namespace posixpar
