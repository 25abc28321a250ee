#include "native/exec/page_cache/snapshot.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "native/base/checked.h"
#include "native/sys/clock.h"
#include "native/sys/file.h"
#include "native/sys/storage.h"

namespace posixpar {
namespace {

/// Assumed maximum distance that the kernel reads ahead after a read: twice the largest usual read-ahead window (8
/// MiB).
constexpr std::uint64_t kReadAheadBytes = std::uint64_t{16} << 20;
/// Maximum length of a folio, the unit of eviction in the page cache (MAX_PAGECACHE_ORDER with pages of 4 KiB). Folios
/// are aligned to their length. So if a range is aligned to this length, each folio is completely inside or outside.
constexpr std::uint64_t kMaxFolioBytes = std::uint64_t{2} << 20;
/// No snapshot is taken of a partly cached range that is longer than this. At this length it takes about 200 ms.
constexpr std::uint64_t kMaxMapBytes = std::uint64_t{16} << 30;
/// Number of attempts to evict pages, with pauses of 0, 0, 1, 2, 4 ... 128 ms before them. A page that another thread
/// has locked or referenced cannot be evicted until that thread has run, which may take a while on a busy machine.
constexpr int kAttempts = 10;
constexpr std::uint64_t kFirstPauseNs = 500'000;
/// Maximum number of pages in flight to wait for, per attempt.
constexpr std::size_t kAwaitedPages = 64;

/// Extends each range by the data that may be read ahead after it, and to complete folios, but not beyond the end of
/// the file. Merges ranges that touch.
std::vector<sys::ByteRange> widen(std::vector<sys::ByteRange> ranges, std::uint64_t file_bytes) {
  std::ranges::sort(ranges, {}, &sys::ByteRange::offset);
  const std::uint64_t file_end = align_up(file_bytes, sys::page_size());
  std::vector<sys::ByteRange> wide;
  for (const sys::ByteRange& range : ranges) {
    const std::uint64_t begin = align_down(range.offset, kMaxFolioBytes);
    if (range.length == 0 || begin >= file_end) continue;
    const std::uint64_t bytes = std::min(range.length, file_bytes);
    const std::uint64_t end = std::min(align_up(range.offset + bytes, kMaxFolioBytes) + kReadAheadBytes, file_end);
    if (!wide.empty() && begin <= wide.back().offset + wide.back().length)
      wide.back().length = std::max(wide.back().length, end - wide.back().offset);
    else
      wide.push_back({begin, end - begin});
  }
  return wide;
}

}  // namespace

ResidencySnapshot::ResidencySnapshot(int fd, const std::string& path, const std::vector<sys::ByteRange>& ranges,
                                     ReadCounters& counters)
    : fd_(fd), path_(&path) {
  counters[kSystemCalls]++;
  const auto id = sys::stat_fd(fd, path);
  if (!id.ok() || !sys::tells_in_flight(fd, path, counters[kSystemCalls])) counters[kCacheUnknown]++;
  for (const sys::ByteRange& range : id.ok() ? widen(ranges, id->size) : std::vector<sys::ByteRange>{}) {
    Noted noted{range, {}};
    const auto& [offset, length] = range;
    const auto count = sys::cached_pages(fd, offset, length, path, counters[kSystemCalls]);
    bool known = count.ok();
    if (known && *count > 0) {
      known = length <= kMaxMapBytes;
      if (known) {
        auto cached = sys::page_map(fd, offset, length, path, counters[kSystemCalls]);
        known = cached.ok();
        if (known) noted.cached = std::move(*cached);
      }
    }
    if (known)
      noted_.push_back(std::move(noted));
    else
      counters[kCacheUnknown]++;
  }
}

std::uint64_t ResidencySnapshot::Added::bytes() const {
  std::uint64_t bytes = in_flight * sys::page_size();
  for (const sys::ByteRange& run : runs) bytes += run.length;
  return bytes;
}

Result<ResidencySnapshot::Added> ResidencySnapshot::find_added(const Noted& noted, ReadCounters& counters) const {
  const auto& [offset, length] = noted.range;
  Added added;
  const auto count = sys::cached_pages(fd_, offset, length, *path_, counters[kSystemCalls]);
  if (!count.ok()) return count.error();
  if (*count == 0) return added;
  auto now = sys::page_map(fd_, offset, length, *path_, counters[kSystemCalls]);
  if (!now.ok()) return now.error();
  added.resident = std::move(*now);
  const std::uint64_t page = sys::page_size();
  std::uint64_t resident = 0;
  for (std::size_t p = 0; p < added.resident.size(); p++) {
    if (added.resident[p] == 0) continue;
    resident++;
    if (!noted.cached.empty() && noted.cached[p] != 0) continue;
    const std::uint64_t at = offset + p * page;
    if (added.runs.empty() || added.runs.back().offset + added.runs.back().length != at) added.runs.push_back({at, 0});
    added.runs.back().length += page;
  }
  if (*count > resident) added.in_flight = *count - resident;
  return added;
}

void ResidencySnapshot::find_in_flight(const sys::ByteRange& range, std::span<const unsigned char> resident,
                                       std::vector<std::uint64_t>& found, ReadCounters& counters) const {
  if (found.size() >= kAwaitedPages || resident.empty()) return;
  const auto is_resident = [](unsigned char entry) { return entry != 0; };
  const auto known = static_cast<std::uint64_t>(std::ranges::count_if(resident, is_resident));
  counters[kSystemCalls]++;
  const auto state = sys::cache_state(fd_, range.offset, range.length, *path_);
  if (!state.ok() || state->cached_pages <= known) return;
  const std::uint64_t page = sys::page_size();
  if (known == 0 && state->cached_pages >= resident.size()) {
    found.push_back(range.offset + range.length - page);
    return;
  }
  const std::size_t half = resident.size() / 2;
  find_in_flight({range.offset, half * page}, resident.first(half), found, counters);
  find_in_flight({range.offset + half * page, range.length - half * page}, resident.subspan(half), found, counters);
}

void ResidencySnapshot::wait_for_io(const Noted& noted, const Added& added, ReadCounters& counters) const {
  if (added.in_flight == 0) return;
  std::vector<std::uint64_t> pages;
  find_in_flight(noted.range, added.resident, pages, counters);
  for (const std::uint64_t offset : pages) {
    static_cast<void>(sys::wait_for_page(fd_, offset, *path_, counters[kSystemCalls]).ok());
  }
}

void ResidencySnapshot::evict_added(const Noted& noted, ReadCounters& counters) const {
  for (int attempt = 0;; attempt++) {
    const auto added = find_added(noted, counters);
    if (!added.ok()) {
      counters[kCacheUnknown]++;
      return;
    }
    if (added->empty()) return;
    if (attempt == kAttempts) {
      counters[kBytesLeftInCache] += added->bytes();
      return;
    }
    wait_for_io(noted, *added, counters);
    if (attempt > 1) sys::pause_ns(kFirstPauseNs << (attempt - 1));
    for (const sys::ByteRange& run : added->runs) {
      counters[kSystemCalls]++;
      static_cast<void>(sys::advise_file(fd_, run.offset, run.length, POSIX_FADV_DONTNEED, *path_).ok());
    }
  }
}

void ResidencySnapshot::evict_added(ReadCounters& counters) const {
  for (const Noted& noted : noted_) evict_added(noted, counters);
}

}  // namespace posixpar
