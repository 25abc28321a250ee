#include "native/exec/strategy/tasks.h"

#include <algorithm>
#include <utility>

#include "native/exec/plan/geometry.h"

namespace posixpar {
namespace {

/// Maximum number of extents of a task. A thread can switch to another read only between tasks.
constexpr std::uint64_t kMaxTaskExtents = 256;

void split_whole(const PlanLayer& layer, std::uint32_t index, std::vector<Task>& tasks) {
  const std::uint64_t extents = layer.where.extent_count(layer.chunk_count);
  tasks.reserve(tasks.size() + extents);
  for (std::uint64_t e = 0; e < extents; e++) tasks.push_back({index, 1, static_cast<std::uint32_t>(e), 0, 0});
}

/// Makes the tasks that read one chunk for one box. \param geometry  positioned at the chunk and box by seek().
void split_use(const ChunkGeometry& geometry, const LayerStrategy& strategy, std::uint64_t task_bytes, bool is_absent,
               Task task, std::vector<Task>& tasks) {
  const std::uint64_t extents = is_absent ? 1 : geometry.extent_count(strategy.level, strategy.block);
  std::uint64_t per_task = extents;
  if (extents > 1) {
    const std::uint64_t bytes = geometry.extent(strategy.level, strategy.block, 0).length;
    per_task = strategy.mode == Mode::mapped ? 1 : std::clamp<std::uint64_t>(task_bytes / bytes, 1, kMaxTaskExtents);
  }
  for (task.begin = 0; task.begin < extents; task.begin += per_task) {
    task.count = static_cast<std::uint32_t>(std::min(per_task, extents - task.begin));
    tasks.push_back(task);
  }
}

/// Returns the indices of `uses`, ordered by the first byte that each use needs of the chunk.
std::vector<std::uint32_t> by_offset(const UseRange& uses, ChunkGeometry& geometry) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keys;
  keys.reserve(uses.size());
  for (std::uint64_t use = uses.begin; use < uses.end; use++) {
    geometry.seek(use);
    keys.emplace_back(geometry.needed().begin, static_cast<std::uint32_t>(use));
  }
  std::ranges::sort(keys);
  std::vector<std::uint32_t> order;
  order.reserve(keys.size());
  for (const auto& key : keys) order.push_back(key.second);
  return order;
}

void split_partial(const PlanLayer& layer, const LayerStrategy& strategy, std::uint32_t index, std::uint64_t task_bytes,
                   std::vector<Task>& tasks) {
  ChunkGeometry geometry(layer, 1);
  for (std::uint64_t c = 0; c < layer.chunk_count; c++) {
    const bool is_absent = layer.where.is_known_absent(c);
    const auto split = [&](std::uint64_t use) {
      geometry.seek(use);
      const Task task{index, 1, static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(use), 0};
      split_use(geometry, strategy, task_bytes, is_absent, task, tasks);
    };
    const UseRange uses = layer.uses_of(c);
    if (uses.size() == 1) {
      split(uses.begin);
    } else {
      for (const std::uint32_t use : by_offset(uses, geometry)) split(use);
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
