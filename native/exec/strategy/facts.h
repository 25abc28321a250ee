#pragma once
/// \file Facts about a read and the system on which the choice of a strategy depends. gather_facts() gathers them.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "native/exec/page_cache/residency.h"
#include "native/exec/plan/plan.h"
#include "native/sys/mapping.h"

namespace posixpar {

/// Facts about one layer. The facts about extents apply to the extents of the first chunk.
struct LayerFacts {
  // Computed from the plan, for layers whose chunks may be read in part.
  std::uint64_t extent_count = 0;
  std::uint64_t extent_bytes = 0;
  /// True if an extent can be read directly into the result. If there is a sink: if all elements of an extent are
  /// selected, each once.
  bool is_in_place = false;
  bool is_4k_aliased = false;  ///< True if 4K aliasing would slow down the kernel's copy of an extent to the result.
  // Found out by system calls. `file_range` is found out if the plan drops the cache, the others if needed_probe() asks
  // for them.
  std::shared_ptr<sys::Mapping> mapping;  ///< Mapping of the file; null if it was not needed or not possible.
  bool is_mapped = false;  ///< True if there is a `mapping`, which then contains every chunk of the layer.
  Residency selection = Residency::unknown;  ///< Residency of the selected data.
  bool pages_probed = false;                 ///< True if `selection` is `full` according to probe_pages().
  Residency file_range =
      Residency::unknown;  ///< Residency of the layer's chunks. Known only if the plan drops the cache.
};

/// Facts about a read.
struct ReadFacts {
  unsigned compute_threads = 1;  ///< Number of compute threads of the pool.
  unsigned io_threads = 1;       ///< Number of I/O threads of the pool for one device.
  bool has_io_uring = false;     ///< Known only if the plan may open many files in batches.
  std::vector<LayerFacts> layers;
};

/// True if the calling thread may execute the read alone, provided that all of its data is in memory.
bool is_inline_candidate(const Plan& plan);

/// Computes the facts that need no system call.
/// \param target  address of the result.
LayerFacts describe_layer(const Plan& plan, const PlanLayer& layer, std::uintptr_t target);

}  // namespace posixpar
