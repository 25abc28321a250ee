#pragma once
/// \file The facts that a strategy depends on. gather_facts.h gathers them before it is chosen.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "native/exec/page_cache/residency.h"
#include "native/exec/plan/plan.h"
#include "native/sys/mapping.h"

namespace posixpar {

/// Facts about one layer. The extents are those of its first chunk, in the shape that the plan gives.
struct LayerFacts {
  // Computed from the plan, for layers with partial reads.
  std::uint64_t extent_count = 0;
  std::uint64_t extent_bytes = 0;
  bool is_in_place = false;    ///< An extent is a run of the result, as it is stored.
  bool is_4k_aliased = false;  ///< The kernel would copy an extent slowly to its address in the result.
  // Asked of the system, as far as needed_probe() says.
  std::shared_ptr<sys::Mapping> mapping;      ///< Mapping of the file; null if it was not needed.
  bool is_mapped = false;                     ///< `mapping` contains every chunk of the layer.
  Residency selection = Residency::unknown;   ///< Residency of the selected data.
  bool every_page_probed = false;             ///< `selection` is `full` because every page is in memory.
  Residency file_range = Residency::unknown;  ///< Residency of all chunks. Known only if the plan drops the cache.
};

/// Facts about a read.
struct ReadFacts {
  unsigned compute_threads = 1;  ///< Compute threads of the pool.
  unsigned io_threads = 1;       ///< I/O threads of the pool for one device.
  bool has_io_uring = false;     ///< Known only if the plan may open many files in batches.
  std::vector<LayerFacts> layers;
};

/// True if the read may run on the calling thread if all of its data is in memory.
bool is_inline_candidate(const Plan& plan);

/// Computes the facts that need no system call.
/// \param target  address of the result.
LayerFacts describe_layer(const Plan& plan, const PlanLayer& layer, std::uintptr_t target);

}  // namespace posixpar
