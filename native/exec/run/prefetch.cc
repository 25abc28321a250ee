#include "native/exec/run/prefetch.h"

#include <fcntl.h>

#include "native/sys/open_file.h"
#include "native/sys/storage.h"

namespace posixpar {

void prefetch(const Task& task, TaskProgress& progress, const LayerRead& layer, const Plan& plan,
              ReadCounters& counters) {
  if (progress.is_prefetched || task.count < 2 || layer.strategy.mode != Mode::extents) return;
  const Locations& where = layer.plan.where;
  if (where.kind != Locations::Kind::open_file || where.offsets[task.chunk] < 0) return;
  const bool is_default = !plan.drops_cache() && plan.readahead == Readahead::kernel;
  if (!is_default || plan.direct_io()) return;
  progress.is_prefetched = true;

  ChunkGeometry geometry(layer.plan, dtype_size(plan.out_type));
  geometry.seek(task.use);
  const auto extent_at = [&](std::uint64_t i) {
    return geometry.extent(layer.strategy.level, layer.strategy.block, i);
  };
  const ChunkExtent first = extent_at(task.begin);
  if (first.offset + first.length == extent_at(task.begin + 1).offset) return;
  const sys::OpenFile& file = *where.file;
  const auto base = static_cast<std::uint64_t>(where.offsets[task.chunk]);
  for (std::uint64_t s = task.begin + progress.extents_done; s < task.begin + task.count; s++) {
    const ChunkExtent extent = extent_at(s);
    counters[kSystemCalls]++;
    // Errors are ignored: if the advice fails because of the file, reading the extent reports the error.
    const auto status =
        sys::advise_file(file.fd(), base + extent.offset, extent.length, POSIX_FADV_WILLNEED, file.path());
    if (!status.ok()) return;
  }
}

}  // namespace posixpar
