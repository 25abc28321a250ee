#pragma once
/// \file Decides if a read bypasses the page cache. Pure functions.
///
/// A read with `cache: 'drop'` or `'dontcache'` must leave the page cache as it was. Pages that a mapping or read-ahead
/// adds are not evicted, so such a read does not map files and does not use RWF_NOWAIT, which starts read-ahead.
#include <cstdint>

#include "native/exec/page_cache/residency.h"
#include "native/exec/plan/plan.h"

namespace posixpar {

/// Number and total length of the extents of a read.
struct IoEstimate {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

/// True if `auto` must not map the file of a layer.
/// \param file_range  residency of the layer's chunks.
bool skips_mmap(const Plan& plan, Residency file_range);

/// True if a layer must not be read with RWF_NOWAIT, because that might populate the page cache: if the data is not
/// cached, a read with RWF_NOWAIT starts read-ahead.
bool must_not_populate_cache(const Plan& plan, Residency file_range);

/// True if a read that must not populate the page cache is faster with O_DIRECT: if its extents are long
/// (docs/adr/0003-engines.md).
/// \pre little of its data is cached.
bool prefers_direct_io(const Plan& plan, const IoEstimate& io);

}  // namespace posixpar
