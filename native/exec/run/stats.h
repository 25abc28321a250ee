#pragma once
/// \file The statistics of a read.
#include <cstddef>
#include <cstdint>

#include "native/base/generated/choices.h"
#include "native/base/generated/stats.h"
#include "native/engines/engine.h"

namespace posixpar {

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
  void merge(const Tally& other) {
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
