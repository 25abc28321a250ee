#pragma once
/// \file Records which pages of a file are in the page cache before a read, and evicts the pages that the read added.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "native/exec/run/counters.h"
#include "native/sys/page_cache.h"

namespace posixpar {

/// Records which pages are in the page cache before a read (the snapshot). After the read, evicts the pages that it
/// added. Engines also evict the pages of each extent (DropBehind), but that is not enough:
/// - If two extents share a page, both may keep it, because each finds that the other one has cached it.
/// - When a read reaches a page that read-ahead has marked, the kernel reads ahead further.
/// - POSIX_FADV_DONTNEED silently skips locked pages, such as all read-ahead in flight, and folios that are partly
///   outside its range.
///
/// mincore(2) does not show pages that are still being read; cachestat(2) counts them. Pages that other processes add
/// during the read are evicted, too. If a part of the range is cached, a snapshot takes about 12 ms per GiB. So do not
/// take it on the calling thread.
class ResidencySnapshot {
 public:
  /// Takes a snapshot of `ranges` and of the pages after them that may be read ahead. Extends ranges to complete
  /// folios. `fd` and `path` must outlive this object. If the kernel does not report the residency of a range,
  /// increases kCacheUnknown.
  ResidencySnapshot(int fd, const std::string& path, const std::vector<sys::ByteRange>& ranges, ReadCounters& counters);

  /// Evicts the pages that are in the page cache now but were not when the snapshot was taken. Waits for pages that are
  /// still being read, and tries again if a page cannot be evicted, for a limited time. Adds the bytes that remain to
  /// kBytesLeftInCache. \pre no read of the file is in flight.
  void evict_added(ReadCounters& counters) const;

 private:
  struct Noted {
    sys::ByteRange range;
    std::vector<unsigned char> cached;  ///< One byte per page, nonzero if cached. Empty if no page was cached.
  };
  /// Pages of a range that were added to the page cache after the snapshot.
  struct Added {
    std::vector<sys::ByteRange> runs;     ///< Ranges of added pages that have been read.
    std::uint64_t in_flight = 0;          ///< Number of pages that are still being read.
    std::vector<unsigned char> resident;  ///< One byte per page of the range: nonzero if the page is cached.
    [[nodiscard]] bool empty() const { return runs.empty() && in_flight == 0; }
    [[nodiscard]] std::uint64_t bytes() const;
  };
  void evict_added(const Noted& noted, ReadCounters& counters) const;
  [[nodiscard]] Result<Added> find_added(const Noted& noted, ReadCounters& counters) const;
  /// Waits until some of the pages that are being read are complete.
  void wait_for_io(const Noted& noted, const Added& added, ReadCounters& counters) const;
  void find_in_flight(const sys::ByteRange& range, std::span<const unsigned char> resident,
                      std::vector<std::uint64_t>& found, ReadCounters& counters) const;

  int fd_;
  const std::string* path_;
  std::vector<Noted> noted_;
};

}  // namespace posixpar
