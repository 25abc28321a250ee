#pragma once
/// \file Finds and evicts the pages of a file in the page cache.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/sys/storage.h"

namespace posixpar::sys {

/// Bytes of a file.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Source of an answer about cached pages.
enum class CacheWitness : std::uint8_t {
  cachestat,  ///< All of CacheState.
  mincore,    ///< `cached_pages` alone; the rest is 0.
  hidden,     ///< Nobody: the kernel tells only who owns the file or may write it (Linux 5.2). All is 0.
};

struct CacheLook {
  CacheWitness witness = CacheWitness::hidden;
  std::uint64_t size = 0;         ///< Of the file, when it was looked at.
  std::vector<CacheState> pages;  ///< One a range: the pages that the range touches, as far as the file reaches.
};

/// Opens the regular file at `path`, which does not change what is cached, and looks.
/// cachestat(2) where it is there, else mincore(2) over a mapping that is never read. Where cachestat finds nothing at
/// all mincore is asked too: the pages of a file on a stacked file system (overlay, FUSE with passthrough) belong to
/// the file below, which only the mapping leads to. \returns `io` when the file can't be opened; `invalid` when it is
/// not a regular file.
Result<CacheLook> look_at_cache(const std::string& path, std::span<const ByteRange> ranges);

/// Counts the pages of an open file's range in the page cache, by the same witnesses; for files on a stacked file
/// system mincore has the say. Nothing is read.
/// \param begin   page-aligned, like `length`.
/// \param calls   the system calls made are added.
/// \returns `unsupported` where nobody can tell. Who may not know is told by mincore that all is cached.
Result<std::uint64_t> cached_pages(int fd, std::uint64_t begin, std::uint64_t length, const std::string& path,
                                   std::uint64_t& calls);

/// A byte for each page of a range: whether it is in the page cache. As cached_pages(), by mincore.
Result<std::vector<unsigned char>> page_map(int fd, std::uint64_t begin, std::uint64_t length, const std::string& path,
                                            std::uint64_t& calls);

/// True if cached_pages() counts pages in flight, which page_map() does not show: cachestat(2) does, but it knows
/// nothing of files on a stacked file system.
bool tells_in_flight(int fd, const std::string& path, std::uint64_t& calls);

/// Waits until the page at `offset` (page-aligned) has been read. Maps the page for a moment, without read-ahead.
/// \returns `io`; EINVAL before Linux 5.14.
Status wait_for_page(int fd, std::uint64_t offset, const std::string& path, std::uint64_t& calls);

/// The parts of a range that are not in the page cache, in order, by page_map().
Result<std::vector<ByteRange>> uncached_ranges(int fd, std::uint64_t begin, std::uint64_t length,
                                               const std::string& path, std::uint64_t& calls);

/// What evict_pages could not do; that pages remain is seen by looking again.
struct EvictOutcome {
  std::optional<Error> flush;  ///< fdatasync failed: what is dirty stays.
  std::optional<Error> drop;   ///< posix_fadvise failed.
};

/// Writes the file's dirty pages to the storage (fdatasync(2)), then asks the kernel to drop the pages that `ranges`
/// touch (POSIX_FADV_DONTNEED). Blocks until the storage has them. Idle files that this process keeps open are closed
/// first, since a mapping of theirs would hold pages.
/// \returns as look_at_cache.
Result<EvictOutcome> evict_pages(const std::string& path, std::span<const ByteRange> ranges);

}  // namespace posixpar::sys
