#include "native/engines/leave.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "native/base/checked.h"
#include "native/sys/storage.h"

namespace posixpar {
namespace {

/// Finer than this the cache is not asked about: a block of which a part was cached stays.
constexpr std::uint64_t kBlock = std::uint64_t{64} << 10;

}  // namespace

Leave::Ranges Leave::uncached(const Extent& extent, EngineAccount& account) const {
  Ranges ranges;
  const std::uint64_t page = sys::page_size();
  const std::uint64_t begin = align_down<std::uint64_t>(extent.offset, page);
  const std::uint64_t end = align_up<std::uint64_t>(extent.offset + extent.length, page);
  const auto cached = [&](std::uint64_t from, std::uint64_t to) {
    account.system_calls++;
    const auto state = sys::cache_state(extent.file.fd, from, to - from, *extent.file.path);
    return state.ok() ? state->cached_pages : ~std::uint64_t{0};  // Unknown: nothing is dropped.
  };
  const std::uint64_t all = cached(begin, end);
  if (all == 0) return {{begin, end}};
  if (all >= (end - begin) / page) return ranges;
  for (std::uint64_t at = begin; at < end; at += kBlock) {
    const std::uint64_t to = std::min(at + kBlock, end);
    if (cached(at, to) != 0) continue;
    if (!ranges.empty() && ranges.back().second == at)
      ranges.back().second = to;
    else
      ranges.emplace_back(at, to);
  }
  return ranges;
}

void Leave::drop(const Extent& extent, const Ranges& ranges, EngineAccount& account) {
  for (const auto& [from, to] : ranges) {
    account.system_calls++;
    static_cast<void>(sys::advise_file(extent.file.fd, from, to - from, POSIX_FADV_DONTNEED, *extent.file.path).ok());
  }
}

void Leave::before(const Extent& extent, EngineAccount& account) {
  if (extent.file.direct()) return;
  if (drops(extent)) ranges_ = uncached(extent, account);
  if (ahead_ == 0) return;
  account.system_calls++;
  static_cast<void>(
      sys::advise_file(extent.file.fd, extent.offset + extent.length, ahead_, POSIX_FADV_WILLNEED, *extent.file.path)
          .ok());
}

bool Leave::refused(const Error& error, const Extent& extent, EngineAccount& account) {
  if (error.sys_errno != EOPNOTSUPP && error.sys_errno != EINVAL && error.sys_errno != ENOSYS) return false;
  policy_ = CachePolicy::drop;
  ranges_ = uncached(extent, account);
  return true;
}

void Leave::after(const Extent& extent, EngineAccount& account) {
  if (drops(extent)) drop(extent, ranges_, account);
}

}  // namespace posixpar
