#pragma once
/// \file Writes chunks of shards into a cache.
#include "native/exec/plan/geometry.h"
#include "native/exec/write/context.h"
#include "native/exec/write/dirty_chunks.h"
#include "native/exec/write/shard_file.h"

namespace posixpar {

/// Writes the chunk at the position of `geometry` into `cache`, which stores its shard later. Call it once per chunk
/// that the write changes in the shard. \returns the same errors as cache_chunk_file().
Status cache_shard_chunk(const ChunkGeometry& geometry, ShardFile& shard, DirtyChunks& cache,
                         ChangedDirectories& changed, const WriteContext& context);

}  // namespace posixpar
