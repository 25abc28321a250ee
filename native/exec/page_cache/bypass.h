#pragma once
/// \file When a read bypasses the page cache. Pure functions.
///
/// A read with `cache: 'drop'` or `'dontcache'` must leave the page cache as it was. Nothing evicts pages that a
/// mapping or a read-ahead adds, so such a read neither maps files nor tries reads that may not wait.
#include <cstdint>

#include "native/exec/page_cache/residency.h"
#include "native/exec/plan/plan.h"

namespace posixpar {

/// Extents that a read consists of.
struct IoEstimate {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

/// True if `auto` must not map the file of a layer.
/// \param file_range  residency of the layer's chunks.
bool skips_mmap(const Plan& plan, Residency file_range);

/// True if reading a layer must not populate the page cache, and would. A read that may not wait (RWF_NOWAIT) starts
/// read-ahead when it misses, so it is not tried.
bool must_not_populate_cache(const Plan& plan, Residency file_range);

/// True if such a read is faster by O_DIRECT. It is if its extents are long (docs/adr/0003-engines.md).
/// \pre little of its data is cached.
bool prefers_direct_io(const Plan& plan, const IoEstimate& io);

}  // namespace posixpar
