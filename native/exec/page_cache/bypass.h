#pragma once
/// \file Decides whether a read bypasses the page cache. Pure functions.
///
/// A read with `cache: 'drop'` or `'dontcache'` must not add pages to the page cache. So the engine `auto` does not map
/// files for it, because POSIX_FADV_DONTNEED cannot evict mapped pages. It does not use RWF_NOWAIT, because RWF_NOWAIT
/// starts read-ahead, and pages that are being read ahead cannot be evicted either. If all of its data is already
/// cached, the read may use mappings and RWF_NOWAIT.
#include <cstdint>

#include "native/exec/page_cache/residency.h"
#include "native/exec/plan/plan.h"

namespace posixpar {

/// Number and total length of the extents of a read.
struct IoEstimate {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

/// True if a read with the engine `auto` must not map the file of a layer.
/// \param file_range  residency of the layer's chunks.
bool skips_mmap(const Plan& plan, Residency file_range);

/// True if a layer must not be read with RWF_NOWAIT, because that might populate the page cache: if the data is not
/// cached, a read with RWF_NOWAIT starts read-ahead. False for engines that never use RWF_NOWAIT.
bool must_not_populate_cache(const Plan& plan, Residency file_range);

/// True if a read that must not populate the page cache is faster with O_DIRECT: if it is large and its extents are
/// long (docs/adr/0003-engines.md). False if the plan sets the engine or the read-ahead.
/// \pre little of its data is cached.
bool prefers_direct_io(const Plan& plan, const IoEstimate& io);

}  // namespace posixpar
