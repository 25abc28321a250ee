#include "native/exec/run/prefetch.h"

#include <fcntl.h>

#include "native/sys/open_file.h"
#include "native/sys/storage.h"

namespace posixpar {

void prefetch(Task& task, const LayerRead& work, const Plan& plan, ReadCounters& counters) {
  if (task.prefetched || task.count < 2 || work.mode != Mode::extents) return;
  const Locations& where = work.layer.where;
  if (where.kind != Locations::Kind::open_file || where.offsets[task.chunk] < 0) return;
  const bool is_default = !plan.drops_cache() && plan.readahead == Readahead::kernel;
  if (!is_default || plan.direct_io()) return;
  task.prefetched = true;

  ChunkGeometry geometry(work.layer, dtype_size(plan.out_type));
  geometry.seek(task.chunk);
  const ChunkExtent first = geometry.extent(work.level, work.block, task.begin);
  if (first.offset + first.length == geometry.extent(work.level, work.block, task.begin + 1).offset) return;
  const sys::OpenFile& file = *where.file;
  const auto base = static_cast<std::uint64_t>(where.offsets[task.chunk]);
  for (std::uint64_t s = task.begin + task.done; s < task.begin + task.count; s++) {
    const ChunkExtent extent = geometry.extent(work.level, work.block, s);
    counters[kSystemCalls]++;
    // It is only advice: what fails here fails again where it is read, and is told there.
    const auto status =
        sys::advise_file(file.fd(), base + extent.offset, extent.length, POSIX_FADV_WILLNEED, file.path());
    if (!status.ok()) return;
  }
}

}  // namespace posixpar
