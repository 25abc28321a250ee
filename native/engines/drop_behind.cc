#include "native/engines/drop_behind.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "native/base/checked.h"
#include "native/sys/page_cache.h"
#include "native/sys/storage.h"

namespace posixpar {
DropBehind::Ranges DropBehind::uncached(const Extent& extent, EngineCounters& counters) const {
  const std::uint64_t page = sys::page_size();
  const std::uint64_t begin = align_down<std::uint64_t>(extent.offset, page);
  const std::uint64_t length = align_up<std::uint64_t>(extent.offset + extent.length, page) - begin;
  const int fd = extent.file.fd;
  const std::string& path = *extent.file.path;
  // If the kernel does not report which pages are cached, returns no ranges, so that no page is evicted.
  const auto cached = sys::cached_pages(fd, begin, length, path, counters.system_calls);
  if (!cached.ok() || *cached >= length / page) return {};
  if (*cached == 0) return {{begin, length}};
  auto ranges = sys::uncached_ranges(fd, begin, length, path, counters.system_calls);
  return ranges.ok() ? std::move(*ranges) : Ranges{};
}

void DropBehind::drop(const Extent& extent, const Ranges& ranges, EngineCounters& counters) {
  for (const auto& [offset, length] : ranges) {
    counters.system_calls++;
    const auto status = sys::advise_file(extent.file.fd, offset, length, POSIX_FADV_DONTNEED, *extent.file.path);
    static_cast<void>(status.ok());
  }
}

void DropBehind::before(const Extent& extent, EngineCounters& counters) {
  if (drops(extent)) ranges_ = uncached(extent, counters);
  ask_ahead(extent, counters);
}

void DropBehind::ask_ahead(const Extent& extent, EngineCounters& counters) const {
  if (ahead_ == 0 || extent.file.direct() || extent.file.fd < 0) return;
  counters.system_calls++;
  static_cast<void>(
      sys::advise_file(extent.file.fd, extent.offset + extent.length, ahead_, POSIX_FADV_WILLNEED, *extent.file.path)
          .ok());
}

bool DropBehind::refused(const Error& error, const Extent& extent, EngineCounters& counters) {
  // EPERM and ENOSYS mean that a sandbox rejects each call of preadv2(2).
  const int n = error.sys_errno;
  if (n != EOPNOTSUPP && n != EINVAL && n != ENOSYS && n != EPERM) return false;
  policy_ = CachePolicy::drop;
  ranges_ = uncached(extent, counters);
  return true;
}

void DropBehind::after(const Extent& extent, EngineCounters& counters) {
  if (drops(extent)) drop(extent, ranges_, counters);
}

}  // namespace posixpar
