#pragma once
/// \file Writes a chunk that is a separate file.
#include "native/exec/plan/geometry.h"
#include "native/exec/write/context.h"
#include "native/exec/write/dirty_chunks.h"
#include "native/exec/write/replaced_file.h"

namespace posixpar {

/// Writes the chunk at the position of `geometry`. If the box selects only a part of the chunk, first reads and decodes
/// the stored chunk. If none is stored, the other elements get the fill value. If the new chunk contains only the fill
/// value and WriteSettings::omits_fill is set, removes the file instead. No other thread may write the chunk at the
/// same time. \returns `conversion` if a value does not fit the stored type, `codec` if the stored chunk is damaged,
/// `unsupported` if a codec has no encoder, `io` if a system call fails. After an error, the stored chunk is unchanged
/// and no temporary file is left.
Status write_chunk_file(const ChunkGeometry& geometry, ChangedDirectories& changed, const WriteContext& context);

/// Writes the chunk into `cache`, which stores it later. If the box selects only a part of the chunk, and the chunk is
/// not in the cache, first reads and decodes it. \returns the same errors as write_chunk_file(). Also returns the error
/// of another chunk that had to be stored to make room. After an error, the chunk is unchanged.
Status cache_chunk_file(const ChunkGeometry& geometry, DirtyChunks& cache, ChangedDirectories& changed,
                        const WriteContext& context);

}  // namespace posixpar
