#pragma once
/// \file What a read leaves in the page cache, and what it asks the kernel to fetch ahead.
#include <cstdint>
#include <vector>

#include "native/engines/engine.h"
#include "native/sys/page_cache.h"

namespace posixpar {

/// The cache policy of one channel, applied to one extent after the other. Only bytes that were not in the page cache
/// before an extent was read are dropped after it: what others had there stays. Direct descriptors leave nothing behind
/// anyway.
class DropBehind {
 public:
  explicit DropBehind(const ChannelOptions& options) : policy_(options.cache), ahead_(options.ahead_bytes) {}

  /// Notes what is cached of the extent, where that matters, and asks for what comes after it.
  void before(const Extent& extent, EngineCounters& counters);
  /// Asks for what comes after the extent, where that is wanted.
  void ask_ahead(const Extent& extent, EngineCounters& counters) const;
  /// How the bytes are to be asked for.
  [[nodiscard]] sys::Keep keep() const { return policy_ == CachePolicy::dontcache ? sys::Keep::no : sys::Keep::yes; }
  /// A read with Keep::no failed: whether because this kernel or file system does not know it. Then the policy is
  /// `drop` from here on, and the read is to be tried again.
  bool refused(const Error& error, const Extent& extent, EngineCounters& counters);
  /// Drops what the read of the extent brought into the page cache.
  void after(const Extent& extent, EngineCounters& counters);

  /// Ranges of the file that the extent brings into the cache, in whole pages; for reads that overlap in time.
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
