#include "native/exec/chunk/open_chunk.h"

namespace posixpar {

ChunkFile::~ChunkFile() {
  if (!snapshot_) return;
  ReadCounters counters;
  snapshot_->evict_added(counters);
  on_evict_(counters);
}

void ChunkFile::snapshot_residency(const sys::ByteRange& range, OnEvict on_evict, ReadCounters& counters) {
  on_evict_ = std::move(on_evict);
  snapshot_.emplace(fd_.get(), path_, std::vector{range}, counters);
}

}  // namespace posixpar
