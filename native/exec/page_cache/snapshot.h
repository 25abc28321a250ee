#pragma once
/// \file Snapshots which pages of a file are in the page cache before a read, and evicts the pages that the read added.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "native/exec/run/counters.h"
#include "native/sys/page_cache.h"

namespace posixpar {

/// Snapshots page-cache residency before a read, then evicts the pages that the read added. Engines drop behind what
/// they read (DropBehind), but that is not enough. If two extents share a page, each finds the page of the other
/// cached. A page that an earlier read marked triggers read-ahead. POSIX_FADV_DONTNEED silently skips pages that are
/// locked, as all read-ahead in flight is, and folios that are not wholly in its range. mincore(2) does not show pages
/// in flight; cachestat(2) counts them. Pages that other processes add concurrently are evicted, too. A snapshot costs
/// about 12 ms per GiB if some of the range is cached, so it is not for the caller's thread.
class ResidencySnapshot {
 public:
  /// Snapshots `ranges`, widened to whole folios and by the pages that may be read ahead behind them. `fd` and `path`
  /// outlive this. Adds to kCacheUnknown for a range whose residency the kernel does not tell.
  ResidencySnapshot(int fd, const std::string& path, const std::vector<sys::ByteRange>& ranges, ReadCounters& counters);

  /// Evicts the pages that are in the page cache now and were not. Waits for pages in flight, and repeats for a bounded
  /// time. Adds the bytes that could not be evicted to kBytesLeftInCache. \pre no read of the file is in flight.
  void evict_added(ReadCounters& counters) const;

 private:
  struct Noted {
    sys::ByteRange range;
    std::vector<unsigned char> cached;  ///< A byte per page; empty: none was cached.
  };
  /// Pages that were added to a range.
  struct Added {
    std::vector<sys::ByteRange> runs;  ///< Pages that have been read.
    std::uint64_t in_flight = 0;       ///< Number of pages that are still being read.
    std::vector<unsigned char> resident;
    [[nodiscard]] bool empty() const { return runs.empty() && in_flight == 0; }
    [[nodiscard]] std::uint64_t bytes() const;
  };
  void evict_added(const Noted& noted, ReadCounters& counters) const;
  [[nodiscard]] Result<Added> find_added(const Noted& noted, ReadCounters& counters) const;
  /// Waits until the pages in flight have been read, or some of them.
  void wait_for_io(const Noted& noted, const Added& added, ReadCounters& counters) const;
  void find_in_flight(const sys::ByteRange& range, std::span<const unsigned char> resident,
                      std::vector<std::uint64_t>& found, ReadCounters& counters) const;

  int fd_;
  const std::string* path_;
  std::vector<Noted> noted_;
};

}  // namespace posixpar
