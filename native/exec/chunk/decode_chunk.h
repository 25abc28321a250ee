#pragma once
/// \file Checks and decodes stored chunks, and copies their elements to the result.
#include <cstdint>
#include <optional>

#include "native/exec/chunk/cached_chunk.h"
#include "native/exec/chunk/layer_read.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/run/task_context.h"

namespace posixpar {

/// Sets the path, offset and length of `error` to those of the chunk. Keeps each value that `error` already has.
Error located(Error error, const OpenChunk& chunk);

/// Adds a finished chunk to the counters of the thread.
void chunk_done(const TaskContext& context);

/// Adds a chunk that does not exist to the counters of the thread.
void absent_chunk_done(const TaskContext& context);

/// Writes the fill value to the elements that a box selects from an absent chunk, and marks them in the mask if there
/// is one. If the read has a sink, adds them to it instead.
/// \param geometry  positioned at the chunk and the box by seek().
/// \returns `conversion` if the fill value cannot be converted to the type of the result.
Status fill_use(const ChunkGeometry& geometry, const TaskContext& context);

/// Calls fill_use() for all boxes that select elements of the absent chunk `index`. Then counts the chunk. Changes the
/// position of `geometry`.
Status fill_chunk(std::uint64_t index, ChunkGeometry& geometry, const TaskContext& context);

/// Copies the selected elements of `extent` to their positions in the result and the mask, or adds them to the sink.
/// \param from  the first byte of the extent.
Status scatter_extent(const std::byte* from, const ChunkExtent& extent, const OpenChunk& chunk, const LayerRead& layer,
                      const TaskContext& context);

/// Returns the number of selected elements of `extent`.
std::uint64_t elements_of(const ChunkExtent& extent);
/// Returns the number of bytes that `extent` supplies to the result.
std::uint64_t result_bytes(const ChunkExtent& extent, const Plan& plan);

/// Checks that a stored plain chunk is long enough for the elements that a box selects from it.
/// \param stored  stored length. If it is empty (unknown), the check succeeds.
/// \param geometry  positioned at the chunk and the box by seek().
Status check_stored(std::optional<std::uint64_t> stored, const OpenChunk& chunk, const ChunkGeometry& geometry);

/// Returns the maximum accepted stored length of a chunk that has `decoded_bytes` decoded bytes: 1 MiB more than twice
/// that size, because data that cannot be compressed grows. Limits the memory if the length in a file is wrong.
std::uint64_t stored_limit(std::uint64_t decoded_bytes);
Error too_long(const OpenChunk& chunk, std::uint64_t limit);

bool is_plain(const LayerRead& layer);

/// True if the bytes of the decoded chunk, after a byte swap if needed, are a contiguous range of the result. The chunk
/// can then be decoded directly into the result.
bool in_place(const ChunkExtent& all, const ChunkGeometry& geometry, const LayerRead& layer);

/// Decodes the stored bytes of chunk `index` once, and copies its elements to the result for every box that needs them.
/// Changes the position of `geometry`.
/// \param fill  claim to put the decoded chunk into the chunk cache; null if it must not be cached.
Status decode_chunk(const OpenChunk& chunk, std::uint64_t index, Bytes stored, ChunkGeometry& geometry,
                    LayerRead& layer, const TaskContext& context, const CacheFill* fill);

/// Scatters the elements of the decoded chunk `index`, which comes from the chunk cache, to every box that needs them.
/// Changes the position of `geometry`.
Status scatter_cached(const std::byte* decoded, std::uint64_t index, const OpenChunk& chunk, ChunkGeometry& geometry,
                      const LayerRead& layer, const TaskContext& context);

/// Slots of the thread's scratch memory (pool::ThreadScratch) for stored and for decoded bytes.
inline constexpr std::size_t kStoredSlot = 0;
inline constexpr std::size_t kDecodedSlot = 1;

}  // namespace posixpar
