#pragma once
/// \file The statistics of a read.
#include <cstddef>
#include <cstdint>

#include "native/base/generated/choices.h"
#include "native/base/generated/stats.h"
#include "native/engines/engine.h"

namespace posixpar {

/// Counters of one thread. When the thread stops or yields, they are added to the counters of the read.
struct ReadCounters {
  std::uint64_t words[kStatWords] = {};

  std::uint64_t& operator[](StatWord w) { return words[w]; }
  void add(const EngineCounters& engine) {
    words[kSystemCalls] += engine.system_calls;
    words[kBytesRead] += engine.bytes_read;
    words[kBytesDirect] += engine.bytes_direct;
    words[kBytesCached] += engine.bytes_cached;
    words[kBytesMapped] += engine.bytes_mapped;
    words[kWaitNs] += engine.wait_ns;
  }
  void merge(const ReadCounters& other) {
    for (std::size_t w = 0; w < kStatWords; w++) {
      switch (kStatMerges[w]) {
        case StatMerge::sum:
          words[w] += other.words[w];
          break;
        case StatMerge::or_bits:
          words[w] |= other.words[w];
          break;
        case StatMerge::keep:
          break;
      }
    }
  }
};

}  // namespace posixpar
