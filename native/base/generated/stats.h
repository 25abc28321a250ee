#pragma once
/// \file The statistics of a read.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>

namespace posixpar {

/// Counters of a read.
enum StatWord : std::size_t {
  kBytesRead = 0,
  kBytesDecoded = 1,
  kExtents = 2,
  kSystemCalls = 3,
  kOpens = 4,
  /// Bits of engineBits.
  kEngines = 5,
  kChunksDone = 6,
  kChunksAbsent = 7,
  kChunksDecoded = 8,
  /// Chunks that were copied from the chunk cache of the read.
  kChunkCacheHits = 9,
  /// Chunks that were decoded although the read has a chunk cache.
  kChunkCacheMisses = 10,
  kBytesCached = 11,
  kBytesMapped = 12,
  kThreadsUsed = 13,
  kWaitNs = 14,
  kRunnableNs = 15,
  kDecodeNs = 16,
  kScatterNs = 17,
  kElapsedNs = 18,
  kBytesDone = 19,
  /// 1: the read ran on the calling thread.
  kOnCaller = 20,
  /// Number of an engine reason.
  kEngineReason = 21,
  kBytesDirect = 22,
  /// Bytes that the read should have evicted from the page cache but could not.
  kBytesLeftInCache = 23,
  /// Ranges for which the kernel does not report the page cache.
  kCacheUnknown = 24,
  kStatWords = 25,
};

/// How the counters of two threads merge.
enum class StatMerge : std::uint8_t {
  sum,
  or_bits,
  keep,
};
inline constexpr StatMerge kStatMerges[] = {
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::or_bits,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::keep,
    StatMerge::sum,
    StatMerge::keep,
    StatMerge::keep,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
};

/// Memory of the native side, for the whole process.
enum MemoryWord : std::size_t {
  /// Limit of the budget.
  kBudgetBytes = 0,
  /// Bytes of the budget that running tasks have reserved.
  kReservedBytes = 1,
  /// Number of tasks that wait for bytes of the budget.
  kWaitingTasks = 2,
  /// Memory of all buffers: scratch memory, chunk caches, changed chunks.
  kBufferBytes = 3,
  /// Maximum of the memory of all buffers since the budget was set.
  kPeakBufferBytes = 4,
  kMemoryWords = 5,
};

/// Counters of a chunk cache.
enum ChunkCacheWord : std::size_t {
  /// Memory of the chunks in the cache, of removed chunks from which a thread still copies, and of chunks that a thread
  /// decodes for the cache.
  kCachedBytes = 0,
  /// Number of chunks.
  kCachedChunks = 1,
  /// Number of times that a read found a chunk.
  kCacheHits = 2,
  /// Number of times that a read had to decode a chunk.
  kCacheMisses = 3,
  /// Number of chunks that were removed to make room for others.
  kCacheEvictions = 4,
  kChunkCacheWords = 5,
};

/// Reasons for the choice of an engine, as shown to users.
enum class EngineReason : std::uint8_t {
  none = 0,
  asked = 1,
  whole_runs = 2,
  sparse_cached = 3,
  not_cached = 4,
  encoded = 5,
  not_mappable = 6,
  nothing = 7,
  direct_refused = 8,
  uring_refused = 9,
  short_runs_cached = 10,
  own_files = 11,
  many_files = 12,
  cached4k_aliased = 13,
  skips_mmap = 14,
  direct_io = 15,
  not_reopened = 16,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(EngineReason) { return 17; }

}  // namespace posixpar
