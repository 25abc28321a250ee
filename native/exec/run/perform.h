#pragma once
/// \file Executes one task on the calling thread.
#include "native/exec/chunk/layer_read.h"
#include "native/exec/run/task_context.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

enum class TaskState : std::uint8_t { done, would_block };

/// Executes the remaining extents of a task, one after the other. `progress` says which extents are done, and is
/// updated.
/// \returns would_block if an extent is not in memory and there is no channel.
Result<TaskState> perform(const Task& task, TaskProgress& progress, LayerRead& layer, const TaskContext& context);

}  // namespace posixpar
