#pragma once
/// \file Finds out which pages are accessed when the elements of an extent are copied from a mapping.
#include <cstddef>
#include <cstdint>

#include "native/exec/chunk/layer_read.h"
#include "native/exec/plan/geometry.h"
#include "native/sys/mapping.h"

namespace posixpar {

/// Records in the mapping that the pages of the selected elements of an extent were accessed at `now_ns` or later.
/// Records nothing in the cases in which touches_recent_pages() always returns false.
/// \param begin  offset of the extent in the file.
void note_touched_pages(sys::Mapping& mapping, std::uint64_t begin, const ChunkExtent& extent, std::size_t element_size,
                        std::uint64_t now_ns);

/// True if all pages of the selected elements were accessed a moment ago (sys::RecentPages). Always false if the extent
/// has an index list, or so many pages or ranges that the check would be slow.
bool touches_recent_pages(const sys::Mapping& mapping, std::uint64_t begin, const ChunkExtent& extent,
                          std::size_t element_size, std::uint64_t now_ns);

}  // namespace posixpar
