#pragma once
/// \file Probes how much of a read's data is in the page cache, before anything is read.
#include <cstdint>

#include "native/exec/plan/geometry.h"
#include "native/exec/plan/plan.h"
#include "native/exec/run/counters.h"
#include "native/sys/mapping.h"

namespace posixpar {

/// The part of a range of data that is in the page cache.
enum class Residency : std::uint8_t {
  unknown,  ///< The kernel does not tell.
  low,      ///< At most a sixteenth. This is more than nothing because the file's metadata is often cached.
  partial,
  full,
};

/// probe_pages() probes a chunk of at most this many extents; with more, it returns `unknown`.
inline constexpr std::uint64_t kMaxProbedExtents = 64;

/// Probes every page of the only chunk of a layer (mincore, cachestat).
/// \param geometry  geometry whose current use is that chunk.
/// \returns `full` only if every page is in memory; `unknown` if there are too many pages or extents, or if the kernel
/// does not tell the residency of the file.
Residency probe_pages(const PlanLayer& layer, const ChunkGeometry& geometry, const sys::Mapping& mapping,
                      ReadCounters& counters);

/// Samples the selected data of a layer in an open file with one-byte reads that do not wait. If a sample is not
/// cached, the kernel begins read-ahead.
Residency sample_selection(const PlanLayer& layer, std::size_t out_size, ReadCounters& counters);

/// Probes the range of an open file from the first to the last byte that the chunks of a layer may need. Does not
/// change the page cache. \returns `unknown` if the chunks are not in an open file.
Residency probe_file_range(const PlanLayer& layer, ReadCounters& counters);

}  // namespace posixpar
