#pragma once
/// \file Identifies chunks in a chunk cache (pool::ChunkCache).
#include <optional>

#include "native/base/result.h"
#include "native/exec/chunk/layer_read.h"
#include "native/exec/chunk/open_chunk.h"
#include "native/pool/chunk_cache.h"
#include "native/sys/file.h"

namespace posixpar {

/// A claim to decode a chunk into the cache, and the state that the file of the chunk had before the chunk was read.
struct CacheFill {
  pool::ChunkCache::Claim& claim;
  const sys::FileId& file;
};

/// Returns the state of the file of `chunk`. \returns nothing if the chunk must not be cached: the plan contains its
/// bytes, its file is not open, or the file was changed so recently that another change might not change its times.
Result<std::optional<sys::FileId>> cacheable_state(const OpenChunk& chunk, const Locations& where,
                                                   ReadCounters& counters);

/// Returns the key of `chunk` in the chunk cache. `file` is the state of the file that contains the chunk.
pool::ChunkKey chunk_key(const OpenChunk& chunk, const sys::FileId& file, std::uint64_t decoded_bytes,
                         const PlanLayer& layer);

/// Publishes the decoded chunk in the cache if its file still has the state `fill.file`. Otherwise the file was changed
/// during the read, so the decoded bytes may not belong to that state.
void publish_chunk(const CacheFill& fill, const OpenChunk& chunk, ReadCounters& counters);

}  // namespace posixpar
