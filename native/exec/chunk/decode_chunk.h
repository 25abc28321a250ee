#pragma once
/// \file What is done with a chunk beside reading it: checks, filling, decoding and scattering.
#include <cstdint>
#include <optional>

#include "native/exec/chunk/layer_read.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/run/task_context.h"

namespace posixpar {

/// `error` with the chunk's place where it names none.
Error located(Error error, const OpenChunk& chunk);

/// Adds a finished chunk, or the last part of one, to the counters.
void chunk_done(const TaskContext& context);

/// Fills the places of an absent chunk. \returns `conversion` where the fill value can't be an element of the result.
Status fill_chunk(const ChunkGeometry& geometry, const TaskContext& context);

/// Moves the elements of `extent` into the result and its mask. `from` is where the extent's bytes begin.
Status place(const std::byte* from, const ChunkExtent& extent, const OpenChunk& chunk, const LayerRead& layer,
             const TaskContext& context);

std::uint64_t elements_of(const ChunkExtent& extent);
/// Bytes of the result that `extent` supplies.
std::uint64_t result_bytes(const ChunkExtent& extent, const Plan& plan);

/// A stored plain chunk that is shorter than its decoded size can't hold its elements.
Status check_stored(std::optional<std::uint64_t> stored, const OpenChunk& chunk, const ChunkGeometry& geometry);

/// The most bytes that a chunk of `decoded_bytes` is expected to be stored in: an encoder that can't compress adds a
/// little. Bounds memory when a file lies.
std::uint64_t stored_limit(std::uint64_t decoded_bytes);
Error too_long(const OpenChunk& chunk, std::uint64_t limit);

bool is_plain(const LayerRead& layer);

/// Whether the decoded chunk, byte for byte or byte-swapped, is a run of the result.
bool in_place(const ChunkExtent& all, const ChunkGeometry& geometry, const LayerRead& layer);

/// Decodes the stored bytes of the chunk on which `geometry` stands and puts its elements into the result.
Status decode_chunk(const OpenChunk& chunk, Bytes stored, const ChunkGeometry& geometry, LayerRead& layer,
                    const TaskContext& context);

/// Scratch slots of a thread: stored bytes on their way, decoded bytes.
inline constexpr std::size_t kStoredSlot = 0;
inline constexpr std::size_t kDecodedSlot = 1;

}  // namespace posixpar
