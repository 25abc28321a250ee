#pragma once
/// \file Limits that both sides check.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>

namespace posixpar {

/// Maximum number of dimensions of an array.
inline constexpr std::size_t kMaxRank = 32;

/// Maximum decoded size in bytes of an encoded chunk, because the whole chunk is decoded into memory.
inline constexpr std::uint64_t kMaxEncodedChunkBytes = std::uint64_t{1} << 33;

/// Maximum number of threads of a read, and of each thread group of the pool.
inline constexpr std::size_t kMaxThreads = 4096;

/// Maximum of the option `queueDepth`: extents in flight of a read by io_uring.
inline constexpr std::size_t kMaxQueueDepth = 4096;

/// Maximum number of layers of a plan.
inline constexpr std::size_t kMaxLayers = 1'000'000;

/// Maximum width of a padded number in the name of a chunk.
inline constexpr std::size_t kMaxFieldWidth = 64;

/// Maximum number of codecs of a chain, because a filter mask has 32 bits.
inline constexpr std::size_t kMaxChainCodecs = 32;

}  // namespace posixpar
