/// \file Splits a write into tasks.
#include <algorithm>
#include <utility>

#include "native/exec/plan/chunk_name.h"
#include "native/exec/write/in_place.h"
#include "native/exec/write/write.h"

namespace posixpar {
namespace {

/// Approximate size of a task: small enough that threads can share a write, and that a cancelled write ends soon.
constexpr std::uint64_t kTaskBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxTaskRuns = 256;

/// The segments of one dimension that belong to one shard.
struct ShardRun {
  std::uint64_t shard = 0;
  std::size_t first = 0;  ///< First segment.
  std::size_t segments = 0;
  bool is_whole = false;  ///< True if the segments select every position of the shard that is inside the array.
};

/// Groups the segments of a dimension by shard. A shard has `count` chunks along the dimension.
std::vector<ShardRun> shard_runs(const PlanDim& dim, std::uint64_t count) {
  std::vector<ShardRun> runs;
  std::uint64_t selected = 0;
  for (std::size_t s = 0; s < dim.segments.size(); s++) {
    const std::uint64_t shard = dim.segments[s].chunk / count;
    if (runs.empty() || runs.back().shard != shard) {
      runs.push_back({shard, s});
      selected = 0;
    }
    ShardRun& run = runs.back();
    run.segments++;
    selected += dim.segments[s].count;
    const std::uint64_t size = dim.chunk_shape * count;
    run.is_whole = selected == std::min(size, dim.grid_shape - shard * size);
  }
  return runs;
}

/// Moves `at` to the next position in row-major order. \returns false after the last position.
/// \param size_of  function that returns the number of positions of a dimension.
template <typename SizeOf>
bool next_position(std::vector<std::size_t>& at, SizeOf size_of) {
  for (std::size_t d = at.size(); d-- > 0;) {
    if (++at[d] < size_of(d)) return true;
    at[d] = 0;
  }
  return false;
}

}  // namespace

void Write::list_tasks() {
  for (std::uint32_t l = 0; l < plan_.layers.size(); l++) {
    const PlanLayer& layer = plan_.layers[l];
    if (is_direct(layer)) {
      list_direct(l);
    } else if (layer.where.kind == Locations::Kind::open_file) {
      list_runs(l);
    } else if (settings_.shards) {
      list_shards(l);
    } else {
      for (std::uint64_t use = 0; use < layer.chunk_count; use++) tasks_.push_back({TaskKind::chunk, l, use});
    }
    if (device_id_ == 0) {
      device_id_ = layer.where.file != nullptr ? layer.where.file->id().device : layer.where.directory->device();
    }
  }
}

void Write::list_runs(std::uint32_t layer) {
  ChunkGeometry geometry(plan_.layers[layer], dtype_size(plan_.out_type));
  for (std::uint64_t use = 0; use < plan_.layers[layer].chunk_count; use++) {
    geometry.seek(use);
    const FileRuns runs(geometry, dtype_size(plan_.out_type), kMaxRunBytes);
    gathers_ |= !writes_as_is(runs, plan_.layers[layer], plan_);
    const std::uint64_t per_task = std::clamp<std::uint64_t>(kTaskBytes / runs.run_bytes(), 1, kMaxTaskRuns);
    for (std::uint64_t run = 0; run < runs.count(); run += per_task) {
      tasks_.push_back({TaskKind::runs, layer, use, run, std::min(run + per_task, runs.count())});
    }
  }
}

bool Write::is_direct(const PlanLayer& layer) const {
  if (alignment_ == 0 || layer.where.kind != Locations::Kind::open_file) return false;
  // The ends of direct writes must not be inside an element.
  const std::uint64_t size = dtype_size(layer.stored);
  return alignment_ % size == 0 && std::ranges::all_of(layer.where.offsets, [&](double offset) {
           return static_cast<std::uint64_t>(offset) % size == 0;
         });
}

void Write::list_direct(std::uint32_t layer) {
  const PlanLayer& grid = plan_.layers[layer];
  ChunkGeometry geometry(grid, dtype_size(plan_.out_type));
  // A write through the page cache waits for the direct writes of the file that are in flight, and other direct writes
  // wait for it. So the edges of all runs are written last.
  std::vector<Task> edges;
  for (std::uint64_t use = 0; use < grid.chunk_count; use++) {
    geometry.seek(use);
    const FileRuns runs(geometry, dtype_size(plan_.out_type), kUnlimitedRun);
    const auto chunk_offset = static_cast<std::uint64_t>(grid.where.offsets[use]);
    for (std::uint64_t run = 0; run < runs.count(); run++) {
      const FileRun found = runs.at(run);
      const RunRange middle = aligned_middle(chunk_offset + found.offset, found.length, alignment_);
      for (std::uint64_t begin = middle.begin; begin < middle.end; begin += kMaxRunBytes) {
        tasks_.push_back({TaskKind::direct, layer, use, begin, std::min(begin + kMaxRunBytes, middle.end), run});
      }
    }
    for (std::uint64_t run = 0; run < runs.count(); run += kMaxTaskRuns) {
      edges.push_back({TaskKind::edges, layer, use, run, std::min(run + kMaxTaskRuns, runs.count())});
    }
  }
  tasks_.insert(tasks_.end(), edges.begin(), edges.end());
}

void Write::list_shards(std::uint32_t layer) {
  const PlanLayer& grid = plan_.layers[layer];
  const ShardLayout& layout = *settings_.shards;
  const std::vector<PlanDim>& dims = grid.first.dims;
  std::vector<std::vector<ShardRun>> runs;
  for (std::size_t d = 0; d < dims.size(); d++) runs.push_back(shard_runs(dims[d], layout.dims[d].count));
  std::vector<std::size_t> at(dims.size());  // Position of the current shard: an index into `runs` per dimension.
  for (bool more = true; more; more = next_position(at, [&](std::size_t d) { return runs[d].size(); })) {
    std::uint64_t chunks = 1;
    bool replaces_all = true;
    for (std::size_t d = 0; d < dims.size(); d++) {
      chunks *= runs[d][at[d]].segments;
      replaces_all &= runs[d][at[d]].is_whole;
    }
    auto name = name_at(grid.where.name, [&](std::size_t d) { return runs[d][at[d]].shard; });
    shards_.push_back(std::make_unique<ShardFile>(grid, layout, std::move(name), chunks, replaces_all));
    std::vector<std::size_t> inner(dims.size());
    for (bool left = true; left; left = next_position(inner, [&](std::size_t d) { return runs[d][at[d]].segments; })) {
      std::uint64_t use = 0;
      for (std::size_t d = 0; d < dims.size(); d++) {
        use = use * dims[d].segments.size() + runs[d][at[d]].first + inner[d];
      }
      tasks_.push_back({TaskKind::chunk, layer, use, 0, 0, 0, shards_.back().get(), false});
    }
    tasks_.back().ends_group = true;
  }
}

}  // namespace posixpar
