#pragma once
/// \file Checks, decodes, fills and scatters chunks.
#include <cstdint>
#include <optional>

#include "native/exec/chunk/layer_read.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/run/task_context.h"

namespace posixpar {

/// Adds the location of the chunk to `error`, unless `error` already has a location.
Error located(Error error, const OpenChunk& chunk);

/// Counts a finished chunk.
void chunk_done(const TaskContext& context);

/// Counts a chunk that does not exist.
void absent_chunk_done(const TaskContext& context);

/// Writes the fill value to the elements that one use selects from an absent chunk. \returns `conversion` if the fill
/// value cannot be an element of the result.
Status fill_use(const ChunkGeometry& geometry, const TaskContext& context);

/// Writes the fill value to all uses of the absent chunk `index`, and counts the chunk. Changes the position of
/// `geometry`.
Status fill_chunk(std::uint64_t index, ChunkGeometry& geometry, const TaskContext& context);

/// Scatters the elements of `extent` into the result and its mask. \param from  the first byte of the extent.
Status scatter_extent(const std::byte* from, const ChunkExtent& extent, const OpenChunk& chunk, const LayerRead& layer,
                      const TaskContext& context);

/// Returns the number of selected elements of `extent`.
std::uint64_t elements_of(const ChunkExtent& extent);
/// Returns the number of bytes that `extent` supplies to the result.
std::uint64_t result_bytes(const ChunkExtent& extent, const Plan& plan);

/// Checks that a stored plain chunk is long enough for its elements.
Status check_stored(std::optional<std::uint64_t> stored, const OpenChunk& chunk, const ChunkGeometry& geometry);

/// Returns the maximum stored length of a chunk of `decoded_bytes`, which is a little more, because some data cannot be
/// compressed. Limits the memory if a file contains a wrong length.
std::uint64_t stored_limit(std::uint64_t decoded_bytes);
Error too_long(const OpenChunk& chunk, std::uint64_t limit);

bool is_plain(const LayerRead& layer);

/// True if the bytes of the decoded chunk, possibly byte-swapped, are a run of the result.
bool in_place(const ChunkExtent& all, const ChunkGeometry& geometry, const LayerRead& layer);

/// Decodes the stored bytes of chunk `index` once, and scatters its elements to every box that needs them. Changes the
/// position of `geometry`.
Status decode_chunk(const OpenChunk& chunk, std::uint64_t index, Bytes stored, ChunkGeometry& geometry,
                    LayerRead& layer, const TaskContext& context);

/// Scratch slots of a thread, for stored and for decoded bytes.
inline constexpr std::size_t kStoredSlot = 0;
inline constexpr std::size_t kDecodedSlot = 1;

}  // namespace posixpar
