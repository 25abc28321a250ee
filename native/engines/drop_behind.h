#pragma once
/// \file Page-cache policy of a channel: drop-behind and read-ahead.
#include <cstdint>
#include <vector>

#include "native/engines/engine.h"
#include "native/sys/page_cache.h"

namespace posixpar {

/// Applies the cache policy of a channel to its extents. With `drop`, evicts the pages of an extent after it was read,
/// except for pages that were cached before. With `dontcache`, the caller passes keep() to its read calls, so that
/// the kernel drops the pages; if this is not supported, the policy becomes `drop`. Does nothing for descriptors with
/// O_DIRECT.
class DropBehind {
 public:
  explicit DropBehind(const ChannelOptions& options) : policy_(options.cache), ahead_(options.ahead_bytes) {}

  /// Called before an extent is read. If its pages must be evicted afterwards, records which of them are cached now.
  /// Starts read-ahead (ask_ahead()).
  void before(const Extent& extent, EngineCounters& counters);
  /// Asks the kernel to read ahead the `ahead_bytes` that follow the extent in the file.
  void ask_ahead(const Extent& extent, EngineCounters& counters) const;
  /// Returns the flag with which read calls tell the kernel whether to keep the pages in the page cache.
  [[nodiscard]] sys::Keep keep() const { return policy_ == CachePolicy::dontcache ? sys::Keep::no : sys::Keep::yes; }
  /// Handles the error of a read that used Keep::no. \returns true if the kernel or file system does not support
  /// Keep::no. Then changes the policy to `drop`; the caller must repeat the read.
  bool refused(const Error& error, const Extent& extent, EngineCounters& counters);
  /// Called after an extent was read. Evicts the pages that the read added to the page cache, if the policy requires
  /// it.
  void after(const Extent& extent, EngineCounters& counters);

  /// Page-aligned ranges of a file. Channels with several extents in flight keep the result of uncached() per extent,
  /// and pass it to drop() after reading.
  using Ranges = std::vector<sys::ByteRange>;
  /// Returns the pages of the extent that are not cached. Empty if the kernel does not report which pages are cached.
  [[nodiscard]] Ranges uncached(const Extent& extent, EngineCounters& counters) const;
  static void drop(const Extent& extent, const Ranges& ranges, EngineCounters& counters);
  [[nodiscard]] bool drops(const Extent& extent) const { return policy_ == CachePolicy::drop && !extent.file.direct(); }

 private:
  CachePolicy policy_;
  std::uint64_t ahead_;
  Ranges ranges_;
};

}  // namespace posixpar
