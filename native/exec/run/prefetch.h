#pragma once
/// \file Asks the storage for several extents before the first one is waited for.
#include "native/exec/chunk/layer_read.h"
#include "native/exec/run/task_context.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

/// Asks for the extents of `task` that have not been read, once per task, and waits for none (POSIX_FADV_WILLNEED).
/// Blocking reads would get them one after the other (docs/adr/0003-engines.md). Does nothing if that would not help or
/// is not wanted: for extents without gaps, which the kernel's own read-ahead serves better; for files that are not
/// open; for direct I/O; if the read drops the cache, or the caller sets the read-ahead.
void prefetch(const Task& task, TaskProgress& progress, const LayerRead& layer, const Plan& plan,
              ReadCounters& counters);

}  // namespace posixpar
