#include "native/sys/page_cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <utility>

#include "native/base/checked.h"
#include "native/sys/calls.h"
#include "native/sys/file_cache.h"
#include "native/sys/hooks.h"
#include "native/sys/open_file.h"
#include "native/sys/platform.h"

namespace posixpar::sys {
namespace {

/// Maximum number of bytes that are mapped at once for mincore. It limits the memory for its result, which has one byte
/// per page (256 KiB with pages of 4 KiB).
constexpr std::uint64_t kWindow = std::uint64_t{1} << 30;

/// Opens a regular file; other kinds of files are `invalid`. Does not leave the file open in FileCache, because this
/// could affect the page cache that is being inspected.
Result<std::unique_ptr<OpenFile>> open_regular(const std::string& path, std::shared_ptr<const Roots> roots = nullptr) {
  auto before = stat_path(path, roots.get());
  if (!before.ok()) return std::move(before).error();
  const auto not_regular = [&path] {
    return Error{.kind = ErrorKind::invalid, .op = "open", .path = path, .message = "not a regular file"};
  };
  // Checked before the open, because opening a device may have side effects.
  if (!before->regular()) return not_regular();
  auto fd = open_path(path, O_NONBLOCK, roots.get());
  if (!fd.ok()) return std::move(fd).error();
  auto id = stat_fd(fd->get(), path);
  if (!id.ok()) return std::move(id).error();
  if (!id->regular()) return not_regular();
  return std::make_unique<OpenFile>(std::move(*fd), *id, path, std::move(roots));
}

/// Extends `range` to complete pages, but not beyond the end of the file. The result is empty if `range` is empty or
/// begins at or after the end of the file.
ByteRange whole_pages(const ByteRange& range, std::uint64_t size) {
  if (range.offset >= size || range.length == 0) return {};
  const std::uint64_t page = page_size();
  const std::uint64_t end = range.offset + std::min(range.length, size - range.offset);
  const std::uint64_t begin = align_down(range.offset, page);
  return {begin, align_up(end, page) - begin};
}

bool found_any(const std::vector<CacheState>& pages) {
  return std::ranges::any_of(pages, [](const CacheState& state) { return state.cached_pages > 0; });
}

Result<std::vector<CacheState>> by_cachestat(const OpenFile& file, std::span<const ByteRange> ranges) {
  std::vector<CacheState> pages;
  pages.reserve(ranges.size());
  for (const ByteRange& range : ranges) {
    const ByteRange whole = whole_pages(range, file.id().size);
    if (whole.length == 0) {
      pages.emplace_back();
      continue;
    }
    auto state = cache_state(file.fd(), whole.offset, whole.length, file.path());
    if (!state.ok()) return std::move(state).error();
    pages.push_back(*state);
  }
  return pages;
}

/// Part of a file that is mapped only for mincore. It is never accessed, so it causes no page fault and no SIGBUS.
class Window {
 public:
  Window(int fd, std::uint64_t offset, std::size_t length, const std::string& path)
      : length_(length), address_(call_mmap(fd, offset, length, path)) {}
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window() {
    if (mapped()) call_munmap(address_, length_);
  }
  [[nodiscard]] bool mapped() const { return address_ != MAP_FAILED; }
  [[nodiscard]] const void* address() const { return address_; }

 private:
  std::size_t length_;
  void* address_;
};

/// Calls `visit(offset, entries)` for consecutive parts (windows) of the range. `entries` has one byte per page, whose
/// bit 0 is set if the page is cached.
template <typename Visit>
Status visit_pages(int fd, const ByteRange& whole, const std::string& path, Visit visit) {
  std::vector<unsigned char> entries;
  for (std::uint64_t done = 0; done < whole.length; done += kWindow) {
    const auto length = static_cast<std::size_t>(std::min(kWindow, whole.length - done));
    const std::uint64_t offset = whole.offset + done;
    const Window window(fd, offset, length, path);
    if (!window.mapped()) return io_error("mmap", errno, path, offset, length);
    entries.resize(length / page_size());
    POSIXPAR_RETURN_IF_ERROR(resident_pages(window.address(), length, entries, path));
    visit(offset, std::as_const(entries));
  }
  return {};
}

Result<std::uint64_t> count_resident(int fd, const ByteRange& whole, const std::string& path) {
  std::uint64_t count = 0;
  POSIXPAR_RETURN_IF_ERROR(visit_pages(fd, whole, path, [&](std::uint64_t, const std::vector<unsigned char>& entries) {
    count += static_cast<std::uint64_t>(std::ranges::count_if(entries, [](unsigned char e) { return (e & 1U) != 0; }));
  }));
  return count;
}

Result<std::vector<CacheState>> by_mincore(const OpenFile& file, std::span<const ByteRange> ranges) {
  std::vector<CacheState> pages;
  pages.reserve(ranges.size());
  for (const ByteRange& range : ranges) {
    auto count = count_resident(file.fd(), whole_pages(range, file.id().size), file.path());
    if (!count.ok()) return std::move(count).error();
    CacheState& state = pages.emplace_back();
    state.cached_pages = *count;
  }
  return pages;
}

/// Returns the number of system calls of visit_pages() for `length` bytes: mmap, mincore and munmap per window.
std::uint64_t calls_of_windows(std::uint64_t length) { return (length + kWindow - 1) / kWindow * 3; }

/// True if the file is on overlayfs or FUSE, which may be stacked on another file system. Its cached pages may then
/// belong to a file of that file system, and cachestat does not find them.
bool is_stacked(int fd, const std::string& path) {
  constexpr std::uint64_t kOverlay = 0x794C7630;
  constexpr std::uint64_t kFuse = 0x65735546;
  const auto magic = filesystem_magic(fd, path);
  return magic.ok() && (*magic == kOverlay || *magic == kFuse);
}

}  // namespace

Result<std::uint64_t> cached_pages(int fd, std::uint64_t begin, std::uint64_t length, const std::string& path,
                                   std::uint64_t& calls) {
  if (length == 0) return std::uint64_t{0};
  calls++;
  auto told = cache_state(fd, begin, length, path);
  if (told.ok()) {
    if (told->cached_pages > 0) return told->cached_pages;
    calls++;
    if (!is_stacked(fd, path)) return std::uint64_t{0};
  } else if (told.error().kind != ErrorKind::unsupported) {
    return std::move(told).error();
  }
  calls += calls_of_windows(length);
  return count_resident(fd, {begin, length}, path);
}

Result<std::vector<unsigned char>> page_map(int fd, std::uint64_t begin, std::uint64_t length, const std::string& path,
                                            std::uint64_t& calls) {
  std::vector<unsigned char> pages;
  pages.reserve(length / page_size());
  calls += calls_of_windows(length);
  POSIXPAR_RETURN_IF_ERROR(
      visit_pages(fd, {begin, length}, path, [&](std::uint64_t, const std::vector<unsigned char>& entries) {
        for (const unsigned char entry : entries) pages.push_back(entry & 1U);
      }));
  return pages;
}

bool tells_in_flight(int fd, const std::string& path, std::uint64_t& calls) {
  calls += 2;
  return cache_state(fd, 0, page_size(), path).ok() && !is_stacked(fd, path);
}

Status wait_for_page(int fd, std::uint64_t offset, const std::string& path, std::uint64_t& calls) {
  constexpr int kPopulateRead = 22;  // MADV_POPULATE_READ: faults the page in, and waits while it is locked.
  calls += 4;
  const Window window(fd, offset, page_size(), path);
  if (!window.mapped()) return io_error("mmap", errno, path, offset, page_size());
  auto* address = const_cast<void*>(window.address());
  POSIXPAR_RETURN_IF_ERROR(advise_memory(address, page_size(), MADV_RANDOM));
  return advise_memory(address, page_size(), kPopulateRead);
}

Result<std::vector<ByteRange>> uncached_ranges(int fd, std::uint64_t begin, std::uint64_t length,
                                               const std::string& path, std::uint64_t& calls) {
  const auto pages = page_map(fd, begin, length, path, calls);
  if (!pages.ok()) return pages.error();
  std::vector<ByteRange> ranges;
  for (std::size_t p = 0; p < pages->size(); p++) {
    if ((*pages)[p] != 0) continue;
    const std::uint64_t at = begin + p * page_size();
    if (ranges.empty() || ranges.back().offset + ranges.back().length != at) ranges.push_back({at, 0});
    ranges.back().length += page_size();
  }
  return ranges;
}

Result<CacheLook> look_at_cache(const std::string& path, std::span<const ByteRange> ranges,
                                std::shared_ptr<const Roots> roots) {
  auto opened = open_regular(path, std::move(roots));
  if (!opened.ok()) return std::move(opened).error();
  OpenFile& file = **opened;
  CacheLook look;
  look.size = file.id().size;
  if (ranges.empty()) return look;
  auto told = by_cachestat(file, ranges);
  if (told.ok()) {
    look.witness = CacheWitness::cachestat;
    look.pages = std::move(*told);
    if (found_any(look.pages)) return look;
  } else if (told.error().kind != ErrorKind::unsupported) {
    return std::move(told).error();
  }
  if (!file.residency_visible()) {
    if (!told.ok()) look.pages.assign(ranges.size(), {});
    return look;
  }
  auto seen = by_mincore(file, ranges);
  // Uses the counts of cachestat if the file cannot be mapped (ENODEV).
  if (!seen.ok()) return told.ok() ? Result<CacheLook>(std::move(look)) : std::move(seen).error();
  if (!told.ok() || found_any(*seen)) {
    look.witness = CacheWitness::mincore;
    look.pages = std::move(*seen);
  }
  return look;
}

Result<EvictOutcome> evict_pages(const std::string& path, std::span<const ByteRange> ranges) {
  FileCache::instance().drop_idle();
  auto opened = open_regular(path);
  if (!opened.ok()) return std::move(opened).error();
  const OpenFile& file = **opened;
  EvictOutcome outcome;
  if (auto flushed = flush_file(file.fd(), path); !flushed.ok()) outcome.flush = std::move(flushed).error();
  for (const ByteRange& range : ranges) {
    const ByteRange whole = whole_pages(range, file.id().size);
    if (whole.length == 0) continue;
    auto dropped = advise_file(file.fd(), whole.offset, whole.length, POSIX_FADV_DONTNEED, path);
    if (!dropped.ok()) outcome.drop = std::move(dropped).error();
  }
  return outcome;
}

}  // namespace posixpar::sys
