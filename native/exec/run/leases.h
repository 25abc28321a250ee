#pragma once
/// \file The read leases of one read: `consistency: 'lease'`.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "native/base/result.h"
#include "native/exec/run/counters.h"
#include "native/sys/lease.h"

namespace posixpar {

struct LayerRead;

/// Holds a lease on every file of a read from before the first byte until after the last one. A lease that was not
/// broken proves that no process had the file open for writing in between. Thread-safe.
class ReadLeases {
 public:
  /// Takes the leases. \returns `changed` if a file is not as it was when it was opened; `unsupported` for chunks that
  /// are opened one after the other; see sys::ReadLease::take().
  Status take(std::span<const std::unique_ptr<LayerRead>> layers, ReadCounters& counters);
  /// Asks for broken leases, at most once per millisecond, and releases all if one is broken, so that the writer goes
  /// on. \returns `changed` from then on.
  Status poll();
  /// Asks a last time, and releases all. \returns as poll().
  Status finish();

 private:
  Status check();

  std::mutex mutex_;  // Guards the next two.
  std::vector<sys::ReadLease> leases_;
  std::optional<Error> broken_;
  std::atomic<std::uint64_t> polled_ns_{0};
};

}  // namespace posixpar
