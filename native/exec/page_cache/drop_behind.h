#pragma once
/// \file Evicts the pages that a read with `cache: 'drop'` or `'dontcache'` has added to the page cache.
#include <memory>
#include <span>
#include <vector>

#include "native/exec/chunk/layer_read.h"
#include "native/exec/page_cache/snapshot.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

/// Before a read, records which pages of its files are cached (the snapshots). After the read, evicts the pages that
/// were added since (by the read or by another process). Engines also evict the pages of each extent
/// (engines/drop_behind.h); ResidencySnapshot explains why this is not enough.
class ReadDropBehind {
 public:
  using Layers = std::span<const std::unique_ptr<LayerRead>>;

  /// Makes `layers` take a snapshot of each file that they open from now on. \pre they have opened no file.
  static void snapshot_on_open(Layers layers);
  /// Takes snapshots of the files that are already open, for the ranges that `tasks` read.
  void snapshot_open_files(Layers layers, std::span<const Task> tasks, ReadCounters& counters);
  /// Evicts the pages that were added after the snapshots. \pre no read of the files is in flight.
  void evict_added(Layers layers, ReadCounters& counters) const;

 private:
  std::vector<ResidencySnapshot> snapshots_;
};

/// Returns file ranges that contain all bytes that the tasks of `layer` read. A range may also contain gaps between
/// extents. Empty if the chunks of the layer are not in an open file, or are read from a mapping.
/// \param tasks  the tasks of all layers.
/// \param index  index of the layer in the plan.
std::vector<sys::ByteRange> ranges_read(std::span<const Task> tasks, const LayerRead& layer, std::size_t index);

}  // namespace posixpar
