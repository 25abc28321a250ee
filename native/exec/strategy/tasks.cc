#include "native/exec/strategy/tasks.h"

#include <algorithm>

#include "native/exec/plan/geometry.h"

namespace posixpar {
namespace {

/// Maximum number of extents of a task. It limits how long a cancelled read takes to end.
constexpr std::uint64_t kMaxTaskExtents = 256;

void split_whole(const PlanLayer& layer, std::uint32_t index, std::vector<Task>& tasks) {
  const std::uint64_t extents = layer.where.extent_count(layer.chunk_count);
  tasks.reserve(tasks.size() + extents);
  for (std::uint64_t e = 0; e < extents; e++) tasks.push_back({index, 1, e, 0});
}

void split_partial(const PlanLayer& layer, const LayerStrategy& strategy, std::uint32_t index, std::uint64_t task_bytes,
                   std::vector<Task>& tasks) {
  ChunkGeometry geometry(layer, 1);
  for (std::uint64_t c = 0; c < layer.chunk_count; c++) {
    geometry.seek(c);
    const bool is_absent = layer.where.is_known_absent(c);
    const std::uint64_t extents = is_absent ? 1 : geometry.extent_count(strategy.level, strategy.block);
    std::uint64_t per_task = extents;
    if (extents > 1) {
      const std::uint64_t bytes = geometry.extent(strategy.level, strategy.block, 0).length;
      per_task = strategy.mode == Mode::mapped ? 1 : std::clamp<std::uint64_t>(task_bytes / bytes, 1, kMaxTaskExtents);
    }
    for (std::uint64_t e = 0; e < extents; e += per_task) {
      tasks.push_back({index, static_cast<std::uint32_t>(std::min(per_task, extents - e)), c, e});
    }
  }
}

}  // namespace

std::vector<Task> split_into_tasks(const Plan& plan, std::span<const LayerStrategy> layers) {
  const std::uint64_t task_bytes = task_bytes_for(plan.elements * dtype_size(plan.out_type));
  std::vector<Task> tasks;
  for (std::uint32_t i = 0; i < layers.size(); i++) {
    const bool is_partial = layers[i].mode == Mode::extents || layers[i].mode == Mode::mapped;
    if (is_partial)
      split_partial(plan.layers[i], layers[i], i, task_bytes, tasks);
    else
      split_whole(plan.layers[i], i, tasks);
  }
  return tasks;
}

}  // namespace posixpar
