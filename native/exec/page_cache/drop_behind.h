#pragma once
/// \file Restores the page cache after a read with `cache: 'drop'` or `'dontcache'`.
#include <memory>
#include <span>
#include <vector>

#include "native/exec/chunk/layer_read.h"
#include "native/exec/page_cache/snapshot.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

/// Takes a snapshot of the residency of a read's files before the read, and evicts the pages that the read added after
/// it. Engines also drop behind each extent (engines/drop_behind.h); see ResidencySnapshot for why that is not enough.
class ReadDropBehind {
 public:
  using Layers = std::span<const std::unique_ptr<LayerRead>>;

  /// Makes the sources of `layers` take a snapshot of each file that they open. \pre they have opened none.
  static void snapshot_on_open(Layers layers);
  /// Takes snapshots of the files that are already open, for the ranges that `tasks` read.
  void snapshot_open_files(Layers layers, std::span<const Task> tasks, ReadCounters& counters);
  /// Evicts the pages that the read added. \pre no read of the files is in flight.
  void evict_added(Layers layers, ReadCounters& counters) const;

 private:
  std::vector<ResidencySnapshot> snapshots_;
};

/// Returns the ranges of an open file that `tasks` read for layer number `index`.
std::vector<sys::ByteRange> ranges_read(std::span<const Task> tasks, const LayerRead& layer, std::size_t index);

}  // namespace posixpar
