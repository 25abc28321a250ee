#pragma once
/// \file Splits a read into tasks. Pure functions.
#include <cstdint>
#include <span>
#include <vector>

#include "native/exec/plan/plan.h"
#include "native/exec/strategy/layer_strategy.h"

namespace posixpar {

/// A unit of work for one thread.
struct Task {
  std::uint32_t layer = 0;
  /// The task reads the extents [begin, begin + count) of chunk `chunk` for one box (`use`, see ChunkUse). For chunks
  /// that are read as a whole, `chunk` is the number of an extent (less than Locations::extent_count()), `count` is 1,
  /// and the task serves all boxes.
  std::uint32_t count = 1;
  std::uint32_t chunk = 0;
  std::uint32_t use = 0;
  std::uint64_t begin = 0;
};

/// Splits every layer into tasks, in plan order. A task that reads extents of a plain chunk has at most 256 extents of
/// together about 1 MiB (4 MiB if the read is large), or one longer extent. A task that gathers from a mapping is one
/// extent. If several boxes need parts of the same plain chunk, the tasks are ordered by the first byte that each box
/// needs. If chunks are read as a whole, each extent (one chunk, or several adjacent chunks) is a task.
/// \param layers  one strategy per layer of the plan.
std::vector<Task> split_into_tasks(const Plan& plan, std::span<const LayerStrategy> layers);

}  // namespace posixpar
