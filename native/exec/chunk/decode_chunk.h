#pragma once
/// \file Checks, decodes, fills and scatters chunks.
#include <cstdint>
#include <optional>

#include "native/exec/chunk/layer_read.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/run/task_context.h"

namespace posixpar {

/// Adds the location of the chunk to an error that has none.
Error located(Error error, const OpenChunk& chunk);

/// Counts a finished chunk.
void chunk_done(const TaskContext& context);

/// Writes the fill value to the elements of an absent chunk. \returns `conversion` if the fill value cannot be an
/// element of the result.
Status fill_chunk(const ChunkGeometry& geometry, const TaskContext& context);

/// Scatters the elements of `extent` into the result and its mask. \param from  the first byte of the extent.
Status scatter_extent(const std::byte* from, const ChunkExtent& extent, const OpenChunk& chunk, const LayerRead& layer,
                      const TaskContext& context);

std::uint64_t elements_of(const ChunkExtent& extent);
/// Bytes of the result that `extent` supplies.
std::uint64_t result_bytes(const ChunkExtent& extent, const Plan& plan);

/// Checks that a stored plain chunk is as long as its elements need.
Status check_stored(std::optional<std::uint64_t> stored, const OpenChunk& chunk, const ChunkGeometry& geometry);

/// Returns the maximum stored length of a chunk of `decoded_bytes`: an encoder that cannot compress adds a little.
/// Bounds memory if a file contains a wrong length.
std::uint64_t stored_limit(std::uint64_t decoded_bytes);
Error too_long(const OpenChunk& chunk, std::uint64_t limit);

bool is_plain(const LayerRead& layer);

/// True if the decoded chunk, byte for byte or byte-swapped, is a run of the result.
bool in_place(const ChunkExtent& all, const ChunkGeometry& geometry, const LayerRead& layer);

/// Decodes the stored bytes of the chunk on which `geometry` is, and scatters its elements into the result.
Status decode_chunk(const OpenChunk& chunk, Bytes stored, const ChunkGeometry& geometry, LayerRead& layer,
                    const TaskContext& context);

/// Scratch slots of a thread: stored bytes on their way, decoded bytes.
inline constexpr std::size_t kStoredSlot = 0;
inline constexpr std::size_t kDecodedSlot = 1;

}  // namespace posixpar
