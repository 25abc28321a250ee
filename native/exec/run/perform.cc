#include "native/exec/run/perform.h"

#include <algorithm>

#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/page_cache/touched_pages.h"
#include "native/exec/run/stopwatch.h"
#include "native/exec/run/task_execution.h"
#include "native/pool/buffers.h"
#include "native/sys/clock.h"

namespace posixpar {
namespace {

Result<TaskState> perform_mapped(const Task& task, LayerRead& layer, const TaskContext& context) {
  ChunkGeometry geometry(layer.plan, dtype_size(context.plan.out_type));
  geometry.seek(task.use);
  auto chunk = layer.source.open(task.chunk, geometry, context.counters);
  if (!chunk.ok()) return std::move(chunk).error();
  const bool is_first_use = layer.plan.uses_of(task.chunk).begin == task.use;
  if (chunk->absent) {
    POSIXPAR_RETURN_IF_ERROR(fill_use(geometry, context));
    if (is_first_use) absent_chunk_done(context);
    return TaskState::done;
  }
  POSIXPAR_RETURN_IF_ERROR(check_stored(chunk->length, *chunk, geometry));
  const sys::MappedAccess access(layer.mapping, chunk->fd);
  const std::size_t element = dtype_size(layer.plan.stored);
  // Only small reads use the notes about recently accessed pages. See choose_inline_strategy().
  const bool notes_pages = is_inline_candidate(context.plan);
  const std::uint64_t now_ns = notes_pages ? sys::monotonic_ns() : 0;
  for (std::uint64_t s = task.begin; s < task.begin + task.count; s++) {
    const ChunkExtent extent = geometry.extent(layer.strategy.level, layer.strategy.block, s);
    const std::byte* from = access.bytes().data() + chunk->offset + extent.offset;
    POSIXPAR_RETURN_IF_ERROR(scatter_extent(from, extent, *chunk, layer, context));
    if (notes_pages) note_touched_pages(*layer.mapping, chunk->offset + extent.offset, extent, element, now_ns);
    const std::uint64_t bytes = elements_of(extent) * element;
    context.counters[kBytesMapped] += bytes;
    context.counters[kBytesRead] += bytes;
    if (layer.strategy.reason != EngineReason::asked)
      context.counters[kBytesCached] += bytes;  // The library chooses a mapping only if the data is cached.
    context.counters[kBytesDone] += result_bytes(extent, context.plan);
    context.counters[kExtents]++;
  }
  const bool is_end = task.begin + task.count == geometry.extent_count(layer.strategy.level, layer.strategy.block);
  if (is_end && is_first_use) chunk_done(context);
  context.counters[kEngines] |= kEngineMmap;
  if (access.faulted()) {
    if (context.never_waits) return TaskState::would_block;
    auto status = access.finish();
    if (!status.ok()) return std::move(status).error();
  }
  return TaskState::done;
}

/// Reads and finishes the extents of a task one by one.
Result<TaskState> perform_extents(const Task& task, TaskProgress& progress, LayerRead& layer,
                                  const TaskContext& context, std::shared_ptr<pool::ChunkCache::Flight>* busy) {
  TaskExecution execution;
  POSIXPAR_RETURN_IF_ERROR(execution.begin(task, progress.extents_done, layer, context));
  if (execution.busy() != nullptr) {
    if (busy != nullptr) *busy = execution.busy();
    return TaskState::postponed;
  }
  for (std::uint64_t i = progress.extents_done; i < execution.extent_count();) {
    if (context.cancel.cancelled()) {
      Error error;
      error.kind = ErrorKind::cancelled;
      error.op = "read";
      return error;
    }
    ExtentRequest request = execution.request(i);
    std::span<std::byte> scratch;
    if (request.scratch_bytes > 0) {
      auto memory = pool::ThreadScratch::get().take(kStoredSlot, request.scratch_bytes);
      if (!memory.ok()) return std::move(memory).error();
      scratch = *memory;
      request.extent.into = scratch.data();
    }
    std::uint64_t got = 0;
    if (const auto copied = execution.copy_inline_bytes(request.extent)) {
      got = *copied;
    } else if (context.channel == nullptr) {
      EngineCounters engine_counters;
      auto outcome = read_nowait(request.extent, execution.nowait_ok(), engine_counters);
      const bool is_refused = outcome.ok() && outcome->would_block && !execution.nowait_ok();
      if (is_refused && !context.never_waits && layer.source.in_memory()) {
        outcome = read_memory(request.extent, engine_counters);
      }
      context.counters.add(engine_counters);
      if (!outcome.ok()) return std::move(outcome).error();
      if (outcome->would_block) {
        progress.extents_done = i;
        execution.suspend();
        return TaskState::would_block;
      }
      context.counters[kBytesCached] += outcome->bytes;
      got = outcome->bytes;
    } else {
      context.channel->start(0, request.extent);
      auto done = context.channel->next();
      if (!done.bytes.ok()) return std::move(done.bytes).error();
      got = *done.bytes;
    }
    if (execution.chunk().inline_bytes == nullptr) {
      const Channel* channel = context.channel;
      context.counters[kEngines] |=
          channel == nullptr ? bits_of_calls(request.extent) : channel->reports(request.extent);
    }
    auto next = execution.finish(i, got, scratch, context);
    if (!next.ok()) return std::move(next).error();
    if (*next == TaskExecution::Next::done) i++;
  }
  return TaskState::done;
}

}  // namespace

Result<TaskState> perform(const Task& task, TaskProgress& progress, LayerRead& layer, const TaskContext& context,
                          std::shared_ptr<pool::ChunkCache::Flight>* busy) {
  switch (layer.strategy.mode) {
    case Mode::extents:
    case Mode::whole:
      return perform_extents(task, progress, layer, context, busy);
    case Mode::mapped:
      return perform_mapped(task, layer, context);
    case Mode::fill: {
      ChunkGeometry geometry(layer.plan, dtype_size(context.plan.out_type));
      POSIXPAR_RETURN_IF_ERROR(fill_chunk(task.chunk, geometry, context));
      return TaskState::done;
    }
  }
  return TaskState::done;
}

}  // namespace posixpar
