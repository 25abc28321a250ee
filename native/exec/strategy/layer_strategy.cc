#include <algorithm>
#include <array>

#include "native/exec/page_cache/residency.h"
#include "native/exec/strategy/work.h"
#include "native/kernels/copy_run.h"

namespace posixpar {
namespace {

/// Useful bytes of one task that gathers from a mapping.
constexpr std::uint64_t kMappedTaskBytes = std::uint64_t{256} << 10;
/// Useful bytes of one task that reads.
constexpr std::uint64_t kReadTaskBytes = std::uint64_t{1} << 20;
/// The same for a read of at least kLargeRead bytes: twice a huge page, so that two threads seldom meet the first touch
/// of one (both would clear a page, and one of them in vain).
constexpr std::uint64_t kLargeTaskBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kLargeRead = std::uint64_t{64} << 20;
/// From here on a read from a mapping has tasks like one that reads, for the same reason.
constexpr std::uint64_t kMappedRead = std::uint64_t{8} << 20;
/// Extents in one task at most: bounds what an abort has to wait for.
constexpr std::uint64_t kTaskExtents = 256;
/// Runs from which on one system call each costs little beside the copy.
constexpr std::uint64_t kLongRun = std::uint64_t{16} << 10;
/// Runs from which on a copy that is_aliased costs more than looking whether a mapping can be copied from.
constexpr std::uint64_t kMinAliasedBytes = std::uint64_t{64} << 10;
/// Extents that are read one by one without looking for something better.
constexpr std::uint64_t kFewExtents = 4;

/// Useful bytes of one task of a read of `result_bytes`.
constexpr std::uint64_t task_bytes_of(std::uint64_t result_bytes) {
  return result_bytes >= kLargeRead ? kLargeTaskBytes : kReadTaskBytes;
}

/// Extents for gathering from a mapping: the slowest dimension that leaves tasks of a useful size.
void mapped_extents(LayerRead& work, std::uint64_t task_bytes) {
  const PlanLayer& layer = work.layer;
  std::uint64_t inner = dtype_size(layer.stored);
  std::array<std::uint64_t, kMaxRank> most{};
  const std::size_t rank = layer.dims.size();
  for (std::size_t d = 0; d < rank; d++) {
    for (const Segment& s : layer.dims[d].segments) most[d] = std::max(most[d], s.count);
    inner *= most[d];
  }
  work.level = 0;
  work.block = 1;
  for (std::uint32_t i = 0; i < rank; i++) {
    const std::uint64_t count = most[layer.axis_order[i]];
    work.level = i;
    inner /= count;
    if (inner <= task_bytes || i + 1 == rank) {
      work.block = std::max<std::uint64_t>(1, task_bytes / std::max<std::uint64_t>(1, inner));
      return;
    }
  }
}

/// Plain chunks of one open file can be gathered from its mapping.
bool may_map(const LayerRead& work) {
  return work.layer.partial_reads && work.layer.where.kind == Locations::Kind::open_file &&
         work.layer.where.file->id().size > 0;
}

bool fits_mapping(const LayerRead& work) {
  const Locations& where = work.layer.where;
  for (std::size_t i = 0; i < where.offsets.size(); i++) {
    if (where.offsets[i] >= 0 && where.offsets[i] + where.lengths[i] > static_cast<double>(work.mapping->size()))
      return false;
  }
  return true;
}

bool map(LayerRead& work) {
  auto mapping = work.layer.where.file->mapping();
  if (!mapping.ok()) return false;
  work.mapping = std::move(mapping).value();
  if (fits_mapping(work)) return true;
  work.mapping.reset();
  return false;
}

/// Whether the kernel would copy the runs of the first chunk slowly. Where it begins in a page of its file is where it
/// begins in the page cache.
bool is_aliased(const LayerRead& work, const ChunkExtent& first, const std::byte* target) {
  const double chunk = work.layer.where.offsets[0];
  return first.length >= kMinAliasedBytes && chunk >= 0 &&
         is_4k_aliased(static_cast<std::uint64_t>(chunk) + first.offset,
                       reinterpret_cast<std::uintptr_t>(target) + first.dst_base);
}

/// What the ways to read the extents of a plain layer are decided by.
struct LayerExtents {
  LayerRead& work;
  const Plan& plan;
  const std::byte* target;
  ReadCounters& counters;
  const ChunkGeometry& geometry;  ///< On the first chunk.
  std::uint64_t count;            ///< Of that chunk.
  const ChunkExtent& first;
  bool in_place;  ///< They are runs of the result, as they are stored.
};

/// How they are read.
struct Decision {
  EngineReason reason = EngineReason::none;
  bool may_run_inline = false;
  /// Useful bytes of a task that gathers from the mapping; 0: they are read.
  std::uint64_t mapped_task_bytes = 0;
};

bool by_system_calls(const Plan& plan) {
  return plan.engine != EngineKind::automatic && plan.engine != EngineKind::mmap;
}

/// What a mapping brings into the page cache nobody drops.
bool skips_mmap(const LayerExtents& extents) {
  return extents.plan.engine == EngineKind::automatic && extents.plan.drops_cache() &&
         extents.work.held != Held::everything;
}

/// Where no mapping can be used, or is wanted.
Decision without_mapping(const LayerExtents& extents, bool small) {
  const bool one_file = extents.work.layer.where.kind == Locations::Kind::open_file;
  Decision decision;
  decision.may_run_inline = small && !extents.plan.waits() && extents.count <= kSmallExtents;
  if (by_system_calls(extents.plan))
    decision.reason = EngineReason::asked;
  else if (extents.in_place)
    decision.reason = EngineReason::whole_runs;
  else if (!one_file)
    decision.reason = EngineReason::own_files;
  else
    decision.reason = skips_mmap(extents) ? EngineReason::skips_mmap : EngineReason::not_mappable;
  return decision;
}

/// Long runs are read into their places, but for those which the kernel would copy slowly.
Decision of_long_runs(const LayerExtents& extents, bool small) {
  LayerRead& work = extents.work;
  const std::size_t out_size = dtype_size(extents.plan.out_type);
  const bool few = small && work.layer.chunk_count == 1 && extents.count <= kFewExtents;
  const Decision read{EngineReason::whole_runs, few, 0};
  if (!is_aliased(work, extents.first, extents.target) || !map(work)) return read;
  bool certain = few;
  const Residency residency = residency_of(work, extents.geometry, certain, out_size, extents.counters);
  if (residency != Residency::cached || certain != few) return read;
  const std::uint64_t bytes = extents.plan.elements * out_size;
  return {EngineReason::cached4k_aliased, few, bytes < kMappedRead ? kMappedTaskBytes : task_bytes_of(bytes)};
}

/// Short or scattered runs are gathered from a mapping where they are in the page cache.
Decision of_short_runs(const LayerExtents& extents, bool small) {
  LayerRead& work = extents.work;
  if (!map(work)) return {EngineReason::not_mappable, false, 0};
  if (extents.plan.engine == EngineKind::mmap) return {EngineReason::asked, false, kMappedTaskBytes};
  const std::size_t out_size = dtype_size(extents.plan.out_type);
  if (residency_of(work, extents.geometry, small, out_size, extents.counters) != Residency::cached) {
    return {EngineReason::not_cached, small, 0};
  }
  return {extents.in_place ? EngineReason::short_runs_cached : EngineReason::sparse_cached, small, kMappedTaskBytes};
}

void decide_parts(LayerRead& work, const Plan& plan, const std::byte* target, bool& small, ReadCounters& counters) {
  const PlanLayer& layer = work.layer;
  work.mode = Mode::extents;
  work.level = layer.extent_level;
  work.block = layer.extent_block;
  ChunkGeometry geometry(layer, dtype_size(plan.out_type));
  geometry.seek(0);
  const ChunkExtent first = geometry.extent(work.level, work.block, 0);
  const bool in_place = work.bytes_only() && is_contiguous(first, layer, dtype_size(layer.stored));
  const LayerExtents extents{work,  plan,    target, counters, geometry, geometry.extent_count(work.level, work.block),
                             first, in_place};

  const bool long_runs = first.length >= kLongRun || extents.count <= kFewExtents;
  Decision decision;
  if (by_system_calls(plan) || skips_mmap(extents) || !may_map(work))
    decision = without_mapping(extents, small);
  else if (plan.engine == EngineKind::automatic && in_place && long_runs)
    decision = of_long_runs(extents, small);
  else
    decision = of_short_runs(extents, small);

  small = small && decision.may_run_inline;
  work.reason = decision.reason;
  if (decision.mapped_task_bytes == 0) {
    work.mapping.reset();
  } else {
    work.mode = Mode::mapped;
    mapped_extents(work, decision.mapped_task_bytes);
  }
}

/// The most bytes from the first to the last of chunks that are read together.
std::uint64_t longest_extent(const Locations& where) {
  std::uint64_t longest = 0;
  for (std::size_t g = 0; g + 1 < where.extent_starts.size(); g++) {
    const double begin = where.offsets[where.order[where.extent_starts[g]]];
    for (std::uint32_t k = where.extent_starts[g]; k < where.extent_starts[g + 1]; k++) {
      const double end = where.offsets[where.order[k]] + where.lengths[where.order[k]];
      if (begin >= 0 && end > begin) longest = std::max(longest, static_cast<std::uint64_t>(end - begin));
    }
  }
  return longest;
}

}  // namespace

LayerRead::LayerRead(const PlanLayer& plan_layer, const Plan& plan)
    : layer(plan_layer),
      conversion(plan.conversion(plan_layer.stored, plan_layer.swap)),
      mask(plan.mask_conversion(plan_layer.stored, plan_layer.swap)),
      source(plan_layer, plan.buffered_access(), plan.direct_io()) {}

std::vector<std::unique_ptr<LayerRead>> decide(const Plan& plan, const std::byte* target, bool& small,
                                               ReadCounters& counters) {
  std::vector<std::unique_ptr<LayerRead>> layers;
  layers.reserve(plan.layers.size());
  for (const PlanLayer& layer : plan.layers) {
    auto work = std::make_unique<LayerRead>(layer, plan);
    if (plan.drops_cache()) work->held = held_of(layer, counters);
    if (layer.where.kind == Locations::Kind::absent) {
      work->mode = Mode::fill;
      work->reason = EngineReason::nothing;
      small = false;
    } else if (layer.partial_reads) {
      decide_parts(*work, plan, target, small, counters);
    } else {
      small = false;
      work->max_stored_bytes = longest_extent(layer.where);
    }
    if (counters[kEngineReason] == 0) counters[kEngineReason] = static_cast<std::uint64_t>(work->reason);
    layers.push_back(std::move(work));
  }
  return layers;
}

std::vector<Task> cut(const std::vector<std::unique_ptr<LayerRead>>& layers, std::uint64_t result_bytes) {
  const std::uint64_t task_bytes = task_bytes_of(result_bytes);
  std::vector<Task> tasks;
  for (std::uint32_t w = 0; w < layers.size(); w++) {
    const LayerRead& work = *layers[w];
    const PlanLayer& layer = work.layer;
    if (work.mode == Mode::whole || work.mode == Mode::fill) {
      const std::uint64_t count =
          layer.where.extent_starts.empty() ? layer.chunk_count : layer.where.extent_starts.size() - 1;
      tasks.reserve(tasks.size() + count);
      for (std::uint64_t g = 0; g < count; g++) tasks.push_back({w, 1, g, 0});
      continue;
    }
    ChunkGeometry geometry(layer, 1);
    for (std::uint64_t c = 0; c < layer.chunk_count; c++) {
      geometry.seek(c);
      const std::uint64_t extents = work.source.known_absent(c) ? 1 : geometry.extent_count(work.level, work.block);
      std::uint64_t per_task = extents;
      if (extents > 1) {
        const std::uint64_t bytes = geometry.extent(work.level, work.block, 0).length;
        per_task = work.mode == Mode::mapped ? 1 : std::clamp<std::uint64_t>(task_bytes / bytes, 1, kTaskExtents);
      }
      for (std::uint64_t s = 0; s < extents; s += per_task) {
        tasks.push_back({w, static_cast<std::uint32_t>(std::min(per_task, extents - s)), c, s});
      }
    }
  }
  return tasks;
}

}  // namespace posixpar
