#pragma once
/// \file Page-cache policy of a channel: drop-behind and read-ahead.
#include <cstdint>
#include <vector>

#include "native/engines/engine.h"
#include "native/sys/page_cache.h"

namespace posixpar {

/// Applies the cache policy of one channel to one extent after the other. After an extent was read, evicts the pages
/// that were not in the page cache before; other cached pages stay. Does nothing for direct descriptors.
class DropBehind {
 public:
  explicit DropBehind(const ChannelOptions& options) : policy_(options.cache), ahead_(options.ahead_bytes) {}

  /// Records which pages of the extent are cached, if the policy needs that, and starts read-ahead.
  void before(const Extent& extent, EngineCounters& counters);
  /// Asks the kernel to read ahead after the extent, if the options say so.
  void ask_ahead(const Extent& extent, EngineCounters& counters) const;
  /// Flag for the read calls.
  [[nodiscard]] sys::Keep keep() const { return policy_ == CachePolicy::dontcache ? sys::Keep::no : sys::Keep::yes; }
  /// Handles the error of a read that used Keep::no. \returns true if the kernel or file system does not support
  /// Keep::no. The policy is then `drop` from now on, and the caller must repeat the read.
  bool refused(const Error& error, const Extent& extent, EngineCounters& counters);
  /// Drops the pages that the read of the extent added.
  void after(const Extent& extent, EngineCounters& counters);

  /// Ranges of a file in whole pages. uncached() and drop() are for channels with several extents in flight.
  using Ranges = std::vector<sys::ByteRange>;
  [[nodiscard]] Ranges uncached(const Extent& extent, EngineCounters& counters) const;
  static void drop(const Extent& extent, const Ranges& ranges, EngineCounters& counters);
  [[nodiscard]] bool drops(const Extent& extent) const { return policy_ == CachePolicy::drop && !extent.file.direct(); }

 private:
  CachePolicy policy_;
  std::uint64_t ahead_;
  Ranges ranges_;
};

}  // namespace posixpar
