#pragma once
/// \file Page-cache policy of a channel: drop-behind and read-ahead.
#include <cstdint>
#include <vector>

#include "native/engines/engine.h"
#include "native/sys/page_cache.h"

namespace posixpar {

/// Applies the cache policy of one channel to one extent after the other. After an extent was read, drops the bytes
/// that were not in the page cache before; other cached data stays. Does nothing for direct descriptors.
class DropBehind {
 public:
  explicit DropBehind(const ChannelOptions& options) : policy_(options.cache), ahead_(options.ahead_bytes) {}

  /// Records which pages of the extent are cached, if the policy needs that, and starts read-ahead.
  void before(const Extent& extent, EngineCounters& counters);
  /// Asks the kernel to read ahead behind the extent, if wanted.
  void ask_ahead(const Extent& extent, EngineCounters& counters) const;
  /// Flag for the read calls.
  [[nodiscard]] sys::Keep keep() const { return policy_ == CachePolicy::dontcache ? sys::Keep::no : sys::Keep::yes; }
  /// Handles a failed read with Keep::no. \returns true if the kernel or file system does not support it: the policy is
  /// `drop` from here on, and the caller must try again.
  bool refused(const Error& error, const Extent& extent, EngineCounters& counters);
  /// Drops the pages that the read of the extent added.
  void after(const Extent& extent, EngineCounters& counters);

  /// Ranges of the file that the extent adds to the page cache, in whole pages; for reads that overlap in time.
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
