#pragma once
/// \file Requests several extents from the storage before a thread waits for the first one.
#include "native/exec/chunk/layer_read.h"
#include "native/exec/run/task_context.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

/// Requests the unread extents of `task` once, without waiting (POSIX_FADV_WILLNEED). Otherwise, blocking reads would
/// request them one after the other (docs/adr/0003-engines.md). Does nothing for extents without gaps, for which the
/// kernel's read-ahead is better; for files that are not open; for direct I/O; if the read drops the cache, or if the
/// caller sets the read-ahead.
void prefetch(const Task& task, TaskProgress& progress, const LayerRead& layer, const Plan& plan,
              ReadCounters& counters);

}  // namespace posixpar
