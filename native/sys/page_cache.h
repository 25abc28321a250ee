#pragma once
/// \file Finds and evicts the pages of a file in the page cache.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/sys/roots.h"
#include "native/sys/storage.h"

namespace posixpar::sys {

/// A contiguous range of bytes of a file.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// The system call that has counted the cached pages.
enum class CacheWitness : std::uint8_t {
  cachestat,  ///< cachestat(2), which sets all members of CacheState.
  mincore,    ///< mincore(2), which sets only `cached_pages`. The other members are 0.
  /// No call, so all counts are 0. Either no range was given, or cachestat is not available and the caller neither owns
  /// the file nor may write it. For such a caller, mincore reports all pages as cached (since Linux 5.2).
  hidden,
};

/// Result of look_at_cache().
struct CacheLook {
  CacheWitness witness = CacheWitness::hidden;
  std::uint64_t size = 0;         ///< Size of the file when it was opened.
  std::vector<CacheState> pages;  ///< One per range: counts of the pages that it touches, up to the end of the file.
};

/// Opens the regular file at `path` and counts its cached pages, without changing them. Uses cachestat(2) if available,
/// otherwise mincore(2) over a mapping that is never read. If cachestat finds no page, and the caller owns the file or
/// may write it, uses mincore as well: on a stacked file system (overlay, FUSE with passthrough) the pages belong to a
/// file of the underlying file system, and only mincore sees them.
/// \param roots  directories to which `path` is confined; null if any path is allowed.
/// \returns `io` if the file cannot be opened; `invalid` if it is not a regular file; `refused` if it is not beneath a
/// root.
Result<CacheLook> look_at_cache(const std::string& path, std::span<const ByteRange> ranges,
                                std::shared_ptr<const Roots> roots = nullptr);

/// Counts the cached pages in a range of an open file. Uses cachestat(2). Uses mincore(2) if cachestat is not
/// available, or if it finds no page on a stacked file system. Reads no data. If the caller neither owns the file nor
/// may write it, mincore reports all pages as cached. \param begin   page-aligned, like `length`. \param calls counter
/// to which the number of system calls is added.
Result<std::uint64_t> cached_pages(int fd, std::uint64_t begin, std::uint64_t length, const std::string& path,
                                   std::uint64_t& calls);

/// Returns one byte per page of a range, nonzero if the page is cached. Uses mincore(2), which reports all pages as
/// cached if the caller neither owns the file nor may write it.
Result<std::vector<unsigned char>> page_map(int fd, std::uint64_t begin, std::uint64_t length, const std::string& path,
                                            std::uint64_t& calls);

/// True if cached_pages() also counts pages that are still being read, which page_map() does not report as cached. This
/// is the case if cached_pages() uses cachestat(2), which does not work on stacked file systems.
bool tells_in_flight(int fd, const std::string& path, std::uint64_t& calls);

/// Waits until the page at `offset` (page-aligned) has been read. Maps the page for a moment, without read-ahead.
/// \returns `io` if a call fails; with EINVAL before Linux 5.14.
Status wait_for_page(int fd, std::uint64_t offset, const std::string& path, std::uint64_t& calls);

/// Returns the parts of a range that are not in the page cache, in ascending order. Uses page_map().
Result<std::vector<ByteRange>> uncached_ranges(int fd, std::uint64_t begin, std::uint64_t length,
                                               const std::string& path, std::uint64_t& calls);

/// Failures of evict_pages(). Even without a failure, some pages may remain in the page cache; look_at_cache() counts
/// them.
struct EvictOutcome {
  std::optional<Error> flush;  ///< Error of fdatasync(2), if it failed. Dirty pages then stay in the page cache.
  std::optional<Error> drop;   ///< Error of posix_fadvise(2), if it failed.
};

/// Writes the file's dirty pages to the storage (fdatasync(2)), then asks the kernel to drop the pages that `ranges`
/// touch (POSIX_FADV_DONTNEED). Blocks until the dirty pages are written. First closes the files that only FileCache
/// holds, because their mappings would keep pages in memory.
/// \returns `io` if the file cannot be opened; `invalid` if it is not a regular file.
Result<EvictOutcome> evict_pages(const std::string& path, std::span<const ByteRange> ranges);

}  // namespace posixpar::sys
