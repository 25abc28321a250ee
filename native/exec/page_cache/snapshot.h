#pragma once
/// \file Snapshots which pages of a file are in the page cache before a read, and evicts the pages that the read added.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "native/exec/run/counters.h"
#include "native/sys/page_cache.h"

namespace posixpar {

/// Takes a snapshot of page-cache residency before a read, then evicts the pages that the read added. Engines drop
/// behind each extent (DropBehind), but that is not enough:
/// - If two extents share a page, each finds the page of the other cached.
/// - A page that the read-ahead of an earlier read marked triggers more read-ahead when it is read.
/// - POSIX_FADV_DONTNEED silently skips locked pages, such as all read-ahead in flight, and folios that are partly
///   outside its range.
///
/// mincore(2) does not show pages in flight; cachestat(2) counts them. Pages that other processes add concurrently are
/// evicted, too. A snapshot takes about 12 ms per GiB if some of the range is cached, so do not take it on the caller's
/// thread.
class ResidencySnapshot {
 public:
  /// Takes a snapshot of `ranges`, extended to whole folios and by the pages that may be read ahead after them. `fd`
  /// and `path` must outlive this object. If the kernel does not tell the residency of a range, increases
  /// kCacheUnknown.
  ResidencySnapshot(int fd, const std::string& path, const std::vector<sys::ByteRange>& ranges, ReadCounters& counters);

  /// Evicts the pages that are in the page cache but are not in the snapshot. Waits for pages in flight, and repeats
  /// for a limited time. Adds the bytes that could not be evicted to kBytesLeftInCache. \pre no read of the file is in
  /// flight.
  void evict_added(ReadCounters& counters) const;

 private:
  struct Noted {
    sys::ByteRange range;
    std::vector<unsigned char> cached;  ///< One byte per page; empty: no page was cached.
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
  /// Waits until at least some of the pages in flight have been read.
  void wait_for_io(const Noted& noted, const Added& added, ReadCounters& counters) const;
  void find_in_flight(const sys::ByteRange& range, std::span<const unsigned char> resident,
                      std::vector<std::uint64_t>& found, ReadCounters& counters) const;

  int fd_;
  const std::string* path_;
  std::vector<Noted> noted_;
};

}  // namespace posixpar
