#pragma once
/// \file The account of a read. Words are equal to lib/exec/stats.ts (compared by a test through the binding).
#include <cstddef>
#include <cstdint>

#include "native/engines/engine.h"

namespace posixpar {

enum StatWord : std::size_t {
  kBytesRead,
  kBytesDecoded,
  kExtents,
  kSystemCalls,
  kOpens,
  kEngines,
  kChunksDone,
  kChunksAbsent,
  kBytesCached,
  kBytesMapped,
  kThreadsUsed,
  kWaitNs,
  kRunnableNs,
  kDecodeNs,
  kScatterNs,
  kElapsedNs,
  kBytesDone,
  kOnCaller,
  kEngineReason,
  kBytesDirect,
  kBytesLeftInCache,  ///< Added to the page cache by a read that was to drop it, and not evicted.
  kCacheUnknown,      ///< Ranges of which the kernel does not tell what is in the page cache.
  kStatWords,
};
static_assert(kStatWords == 22);

/// Bits of kEngines.
inline constexpr std::uint64_t kEnginePread = 1;
inline constexpr std::uint64_t kEngineMmap = 2;
inline constexpr std::uint64_t kEngineDirect = 4;
inline constexpr std::uint64_t kEngineUring = 8;

/// Why an engine was used; texts in lib/exec/stats.ts.
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
  collides_cached = 13,
  untraced = 14,
  past_cache = 15,
  not_reopened = 16,
};

/// What one thread adds to the account; merged when the thread ends its part.
struct Tally {
  std::uint64_t words[kStatWords] = {};

  std::uint64_t& operator[](StatWord w) { return words[w]; }
  void add(const EngineAccount& account) {
    words[kSystemCalls] += account.system_calls;
    words[kBytesRead] += account.bytes_read;
    words[kBytesDirect] += account.bytes_direct;
    words[kBytesCached] += account.bytes_cached;
    words[kBytesMapped] += account.bytes_mapped;
    words[kWaitNs] += account.wait_ns;
  }
  /// Adds everything but flags, which are or-ed, and reasons, which stay.
  void merge(const Tally& other) {
    for (std::size_t w = 0; w < kStatWords; w++) {
      if (w == kEngines)
        words[w] |= other.words[w];
      else if (w != kEngineReason && w != kOnCaller && w != kElapsedNs)
        words[w] += other.words[w];
    }
  }
};

}  // namespace posixpar
