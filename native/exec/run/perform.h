#pragma once
/// \file Executes one task on the calling thread.
#include <cstdint>
#include <memory>

#include "native/exec/chunk/layer_read.h"
#include "native/exec/run/task_context.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

/// Result of perform(): the task is done, must wait for the storage, or waits for a chunk that another thread decodes.
enum class TaskState : std::uint8_t { done, would_block, postponed };

/// Executes the extents of a task that are not done yet, one after the other.
/// \param progress  number of extents that are done. Updated if the function returns would_block.
/// \param busy  receives the chunk for which the task is postponed (WhenBusy::postpone). May be null if tasks of
/// `layer` cannot be postponed.
/// \returns would_block if an extent is not in memory and `context` has no channel.
Result<TaskState> perform(const Task& task, TaskProgress& progress, LayerRead& layer, const TaskContext& context,
                          std::shared_ptr<pool::ChunkCache::Flight>* busy = nullptr);

}  // namespace posixpar
