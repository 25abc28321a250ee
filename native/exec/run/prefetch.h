#pragma once
/// \file Requests several extents from the storage before a thread waits for the first one.
#include "native/exec/chunk/layer_read.h"
#include "native/exec/run/task_context.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

/// Requests all unread extents of `task` at once, without waiting (POSIX_FADV_WILLNEED), because blocking reads would
/// request them one after the other (docs/adr/0003-engines.md). Later calls for the same task do nothing.
///
/// Does nothing if the task has only one extent. Does nothing if there is no gap between the first two extents, because
/// the kernel's read-ahead is then better. Also does nothing if the file is not open yet, or if the plan uses direct
/// I/O, drops the cache or sets the read-ahead.
void prefetch(const Task& task, TaskProgress& progress, const LayerRead& layer, const Plan& plan,
              ReadCounters& counters);

}  // namespace posixpar
