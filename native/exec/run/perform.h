#pragma once
/// \file Executes one task on the calling thread.
#include "native/exec/chunk/layer_read.h"
#include "native/exec/run/task_context.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

enum class TaskState : std::uint8_t { done, would_block };

/// Continues a task, one extent after the other, from `progress`. \returns would_block if an extent is not in memory
/// and there is no channel; `progress` then contains how far the task has come.
Result<TaskState> perform(const Task& task, TaskProgress& progress, LayerRead& layer, const TaskContext& context);

}  // namespace posixpar
