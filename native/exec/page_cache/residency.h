#pragma once
/// \file Finds out before a read how much of its data is in the page cache.
#include <cstdint>

#include "native/exec/plan/geometry.h"
#include "native/exec/plan/plan.h"
#include "native/exec/run/counters.h"
#include "native/sys/mapping.h"

namespace posixpar {

/// Share of a range of data that is in the page cache.
enum class Residency : std::uint8_t {
  unknown,  ///< It could not be determined.
  low,      ///< At most a sixteenth. The limit is not 0, because parsing the header usually caches a few pages.
  partial,
  full,
};

/// Maximum number of extents that probe_pages() probes.
inline constexpr std::uint64_t kProbedExtents = 4;

/// Checks with mincore(2) if the data of a layer that has only one chunk is cached. Probes all extents of the chunk if
/// there are at most kProbedExtents, otherwise kProbedExtents of them at regular distances. Takes 0.5 us per extent.
/// \param geometry  positioned at that chunk by seek().
/// \returns `full` if all pages of the probed extents are in memory; `partial` if a page is not; `unknown` if the layer
/// has several chunks, several boxes or an absent chunk, if an extent has too many pages or extends beyond the mapping,
/// or if the kernel does not report the residency of the file.
Residency probe_pages(const PlanLayer& layer, const ChunkGeometry& geometry, const sys::Mapping& mapping,
                      ReadCounters& counters);

/// Checks if samples of the data that a read selects from a layer are cached: reads single bytes without waiting
/// (RWF_NOWAIT). If a sample is not cached, the kernel starts read-ahead there. \pre the chunks of the layer are in an
/// open file. \param out_size  size of an element of the result in bytes. \returns `full` if all samples are cached,
/// else `partial`. If RWF_NOWAIT is not supported: `full` on a memory file system, else `unknown`. Also `unknown` if a
/// read fails.
Residency sample_selection(const PlanLayer& layer, std::size_t out_size, ReadCounters& counters);

/// Finds out how much of a file is cached, from the first to the last byte that a read of the layer may need. If this
/// range is long, looks only at parts of it. Does not change the page cache. \returns `unknown` if the chunks are not
/// in an open file, or the kernel does not report its residency.
Residency probe_file_range(const PlanLayer& layer, ReadCounters& counters);

}  // namespace posixpar
