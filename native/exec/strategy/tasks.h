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
  /// Extents [begin, begin + count) of use `use` of chunk `chunk`. For whole chunks, `chunk` is the position in
  /// Locations::extent_starts, `count` is 1, and the task serves all uses.
  std::uint32_t count = 1;
  std::uint32_t chunk = 0;
  std::uint32_t use = 0;
  std::uint64_t begin = 0;
};

/// Splits every layer, in plan order, into tasks of about a megabyte, or of some megabytes if the read is large. Uses
/// of a plain chunk are in the order of their bytes. \param layers  one strategy per layer of the plan.
std::vector<Task> split_into_tasks(const Plan& plan, std::span<const LayerStrategy> layers);

}  // namespace posixpar
