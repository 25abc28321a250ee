#pragma once
/// \file Kernel leases on the files of one read (`consistency: 'lease'`). A lease reports if another process opens the
/// file for writing.
#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "native/base/result.h"
#include "native/exec/run/counters.h"
#include "native/pool/lease_watch.h"

namespace posixpar {

struct LayerRead;

/// Holds a lease on every file of a read from before the first byte until after the last one. A lease that was not
/// broken proves that no process had the file open for writing in between. A broken lease is released immediately
/// (pool::LeaseWatch), so the process that broke it does not wait for the read. Thread-safe.
class ReadLeases {
 public:
  ReadLeases() = default;
  ReadLeases(const ReadLeases&) = delete;
  ReadLeases& operator=(const ReadLeases&) = delete;
  ~ReadLeases() { release(); }

  /// Takes the leases. \returns `changed` if a file has changed since it was opened; `unsupported` if a file is opened
  /// for each chunk; `io` if a file cannot be opened; otherwise, the same errors as pool::LeaseWatch::take().
  Status take(std::span<const std::unique_ptr<LayerRead>> layers, ReadCounters& counters);
  /// Makes no system call unless a lease is broken. \returns `changed` if a lease is known to be broken.
  Status poll();
  /// Asks the kernel for the state of each lease, and releases all leases. \returns `changed` if a lease is broken.
  Status finish();

 private:
  Status check();
  void release();

  std::mutex mutex_;  // Guards `leases_`.
  std::vector<std::shared_ptr<pool::WatchedLease>> leases_;
  std::atomic<bool> broken_{false};
};

}  // namespace posixpar
