#include "native/exec/page_cache/drop_behind.h"

#include <algorithm>

#include "native/exec/plan/geometry.h"
#include "native/sys/open_file.h"

namespace posixpar {
namespace {

/// If a task has at most this number of extents, each extent is a separate range. Otherwise the task is one range, from
/// its first to its last extent.
constexpr std::uint32_t kMaxListedExtents = 256;

/// Adds the range [begin, end), or extends the last range if `begin` is in it or at most one page after it.
void add(std::vector<sys::ByteRange>& ranges, std::uint64_t begin, std::uint64_t end) {
  if (!ranges.empty()) {
    sys::ByteRange& last = ranges.back();
    if (begin >= last.offset && begin <= last.offset + last.length + sys::page_size()) {
      last.length = std::max(last.length, end - last.offset);
      return;
    }
  }
  ranges.push_back({begin, end - begin});
}

}  // namespace

void ReadDropBehind::snapshot_on_open(Layers layers) {
  for (const auto& layer : layers) layer->source.snapshot_residency();
}

void ReadDropBehind::snapshot_open_files(Layers layers, std::span<const Task> tasks, ReadCounters& counters) {
  for (std::size_t i = 0; i < layers.size(); i++) {
    const auto ranges = ranges_read(tasks, *layers[i], i);
    if (ranges.empty()) continue;
    const sys::OpenFile& file = *layers[i]->plan.where.file;
    snapshots_.emplace_back(file.fd(), file.path(), ranges, counters);
  }
}

void ReadDropBehind::evict_added(Layers layers, ReadCounters& counters) const {
  for (const ResidencySnapshot& snapshot : snapshots_) snapshot.evict_added(counters);
  for (const auto& layer : layers) layer->source.evict_added(counters);
}

std::vector<sys::ByteRange> ranges_read(std::span<const Task> tasks, const LayerRead& layer, std::size_t index) {
  const Locations& where = layer.plan.where;
  std::vector<sys::ByteRange> ranges;
  if (where.kind != Locations::Kind::open_file) return ranges;
  ChunkGeometry geometry(layer.plan, 1);
  for (const Task& task : tasks) {
    if (task.layer != index) continue;
    if (layer.strategy.mode == Mode::whole) {
      const bool coalesced = !where.extent_starts.empty();
      const std::uint64_t stop = coalesced ? where.extent_starts[task.chunk + 1] : task.chunk + 1;
      for (std::uint64_t k = coalesced ? where.extent_starts[task.chunk] : task.chunk; k < stop; k++) {
        const std::uint64_t chunk = coalesced ? where.order[k] : k;
        if (where.offsets[chunk] < 0) continue;
        const auto begin = static_cast<std::uint64_t>(where.offsets[chunk]);
        add(ranges, begin, begin + static_cast<std::uint64_t>(where.lengths[chunk]));
      }
    } else if (layer.strategy.mode == Mode::extents && where.offsets[task.chunk] >= 0) {
      const auto base = static_cast<std::uint64_t>(where.offsets[task.chunk]);
      geometry.seek(task.use);
      const std::uint32_t step = task.count <= kMaxListedExtents ? 1 : task.count - 1;
      std::uint64_t from = base + geometry.extent(layer.strategy.level, layer.strategy.block, task.begin).offset;
      for (std::uint32_t s = 0; s < task.count; s += step) {
        const ChunkExtent extent = geometry.extent(layer.strategy.level, layer.strategy.block, task.begin + s);
        if (step == 1) from = base + extent.offset;
        add(ranges, from, base + extent.offset + extent.length);
      }
    }
  }
  return ranges;
}

}  // namespace posixpar
