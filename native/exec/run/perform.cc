#include <algorithm>

#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/run/stopwatch.h"
#include "native/exec/run/task_execution.h"
#include "native/pool/buffers.h"

namespace posixpar {
namespace {

Result<ReadState> perform_mapped(const Task& task, LayerRead& work, const TaskContext& context) {
  ChunkGeometry geometry(work.layer, dtype_size(context.plan.out_type));
  geometry.seek(task.chunk);
  auto chunk = work.source.open(task.chunk, geometry, context.counters);
  if (!chunk.ok()) return std::move(chunk).error();
  if (chunk->absent) {
    POSIXPAR_RETURN_IF_ERROR(fill_chunk(geometry, context));
    return ReadState::done;
  }
  POSIXPAR_RETURN_IF_ERROR(check_stored(chunk->length, *chunk, geometry));
  const sys::MappedAccess access(work.mapping, chunk->fd);
  for (std::uint64_t s = task.begin; s < task.begin + task.count; s++) {
    const ChunkExtent extent = geometry.extent(work.level, work.block, s);
    const std::byte* from = access.bytes().data() + chunk->offset + extent.offset;
    POSIXPAR_RETURN_IF_ERROR(place(from, extent, *chunk, work, context));
    const std::uint64_t bytes = elements_of(extent) * dtype_size(work.layer.stored);
    context.counters[kBytesMapped] += bytes;
    context.counters[kBytesRead] += bytes;
    if (work.reason != EngineReason::asked) context.counters[kBytesCached] += bytes;  // That is why it is mapped.
    context.counters[kBytesDone] += result_bytes(extent, context.plan);
    context.counters[kExtents]++;
  }
  if (task.begin + task.count == geometry.extent_count(work.level, work.block)) chunk_done(context);
  context.counters[kEngines] |= kEngineMmap;
  if (access.faulted()) {
    auto status = access.finish();
    if (!status.ok()) return std::move(status).error();
  }
  return ReadState::done;
}

/// Reads and finishes the parts of a task one by one.
Result<ReadState> perform_parts(Task& task, LayerRead& work, const TaskContext& context) {
  TaskExecution run;
  POSIXPAR_RETURN_IF_ERROR(run.begin(task, work, context));
  for (std::uint64_t i = task.done; i < run.parts();) {
    if (context.cancel.cancelled()) {
      Error error;
      error.kind = ErrorKind::cancelled;
      error.op = "read";
      return error;
    }
    Part part = run.part(i);
    std::span<std::byte> scratch;
    if (part.scratch_bytes > 0) {
      auto memory = pool::ThreadScratch::get().take(kStoredSlot, part.scratch_bytes);
      if (!memory.ok()) return std::move(memory).error();
      scratch = *memory;
      part.extent.into = scratch.data();
    }
    std::uint64_t got = 0;
    if (const auto copied = run.copy_inline_bytes(part.extent)) {
      got = *copied;
    } else if (context.channel == nullptr) {
      EngineCounters engine_counters;
      auto outcome = read_nowait(part.extent, run.nowait_ok(), engine_counters);
      if (outcome.ok() && outcome->would_block && !run.nowait_ok() && work.source.in_memory()) {
        outcome = read_memory(part.extent, engine_counters);
      }
      context.counters.add(engine_counters);
      if (!outcome.ok()) return std::move(outcome).error();
      if (outcome->would_block) {
        task.done = i;
        run.suspend();
        return ReadState::would_block;
      }
      context.counters[kBytesCached] += outcome->bytes;
      got = outcome->bytes;
    } else {
      context.channel->start(0, part.extent);
      auto done = context.channel->next();
      if (!done.bytes.ok()) return std::move(done.bytes).error();
      got = *done.bytes;
    }
    if (run.chunk().inline_bytes == nullptr) {
      const Channel* channel = context.channel;
      context.counters[kEngines] |= channel == nullptr ? bits_of_calls(part.extent) : channel->reports(part.extent);
    }
    auto next = run.finish(i, got, scratch, context);
    if (!next.ok()) return std::move(next).error();
    if (*next == TaskExecution::Next::done) i++;
  }
  return ReadState::done;
}

}  // namespace

Result<ReadState> perform(Task& task, LayerRead& work, const TaskContext& context) {
  switch (work.mode) {
    case Mode::extents:
    case Mode::whole:
      return perform_parts(task, work, context);
    case Mode::mapped:
      return perform_mapped(task, work, context);
    case Mode::fill: {
      ChunkGeometry geometry(work.layer, dtype_size(context.plan.out_type));
      geometry.seek(task.chunk);
      POSIXPAR_RETURN_IF_ERROR(fill_chunk(geometry, context));
      return ReadState::done;
    }
  }
  return ReadState::done;
}

}  // namespace posixpar
