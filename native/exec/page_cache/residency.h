#pragma once
/// \file What of a read is in the page cache: asked before anything of it is read.
#include <cstdint>

#include "native/exec/strategy/work.h"

namespace posixpar {

/// Extents that a read may have whose every page is asked about.
inline constexpr std::uint64_t kSmallExtents = 64;

/// Whether a plain chunk's data, in a file that is mapped, can be had without waiting. A small read is asked page by
/// page, others by samples.
/// \param geometry  on the first chunk.
/// \param small  as that of decide(): set to false where not every page is known to be in memory.
Residency residency_of(LayerRead& work, const ChunkGeometry& geometry, bool& small, std::size_t out_size,
                       ReadCounters& counters);

/// How much of an open file's range from the first to the last byte that the chunks of a layer may need is in the page
/// cache. \returns `unknown` also where they are not in one that is open.
Held held_of(const PlanLayer& layer, ReadCounters& counters);

}  // namespace posixpar
