#pragma once
/// \file Leaves the page cache as it was before a read (`cache: 'drop'`, `'dontcache'`).
#include <memory>
#include <span>
#include <vector>

#include "native/exec/chunk/layer_read.h"
#include "native/exec/page_cache/snapshot.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

/// Snapshots the residency of the files of a read before the read, and evicts the pages that it added after it.
/// Engines drop behind each extent as well (engines/drop_behind.h); ResidencySnapshot says why that is not enough.
class ReadDropBehind {
 public:
  using Layers = std::span<const std::unique_ptr<LayerRead>>;

  /// Makes the sources of `layers` snapshot each file that they open from now on. \pre they have opened none.
  static void snapshot_on_open(Layers layers);
  /// Snapshots the files that are open already, in the ranges that `tasks` read.
  void snapshot_open_files(Layers layers, std::span<const Task> tasks, ReadCounters& counters);
  /// Evicts the pages that the read added. \pre no read of the files is in flight.
  void evict_added(Layers layers, ReadCounters& counters) const;

 private:
  std::vector<ResidencySnapshot> snapshots_;
};

/// Returns the ranges of an open file that `tasks` read for layer number `index`.
std::vector<sys::ByteRange> ranges_read(std::span<const Task> tasks, const LayerRead& layer, std::size_t index);

}  // namespace posixpar
