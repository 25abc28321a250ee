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
  kBytesCached = 9,
  kBytesMapped = 10,
  kThreadsUsed = 11,
  kWaitNs = 12,
  kRunnableNs = 13,
  kDecodeNs = 14,
  kScatterNs = 15,
  kElapsedNs = 16,
  kBytesDone = 17,
  /// 1: the read ran on the calling thread.
  kOnCaller = 18,
  /// An EngineReason.
  kEngineReason = 19,
  kBytesDirect = 20,
  /// Bytes that the read should have evicted from the page cache but could not.
  kBytesLeftInCache = 21,
  /// Ranges for which the kernel does not report the page cache.
  kCacheUnknown = 22,
  kStatWords = 23,
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
    StatMerge::keep,
    StatMerge::sum,
    StatMerge::keep,
    StatMerge::keep,
    StatMerge::sum,
    StatMerge::sum,
    StatMerge::sum,
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
