#include "native/exec/run/task_execution.h"

#include <algorithm>

#include "native/exec/run/stopwatch.h"
#include "native/kernels/copy_run.h"

namespace posixpar {

Status TaskExecution::begin(const Task& task, std::uint64_t done, LayerRead& layer, const TaskContext& context) {
  task_ = task;
  layer_ = &layer;
  target_ = context.target;
  extents_done_ = done;
  geometry_.emplace(layer.plan, dtype_size(context.plan.out_type));
  return layer.strategy.mode == Mode::extents ? begin_extents(context) : begin_whole(context);
}

Result<OpenChunk> TaskExecution::open(std::uint64_t index, const TaskContext& context) {
  const bool one_read = layer_->strategy.mode == Mode::whole || chunk_extents_ == 1;
  const bool may_describe = one_read && layer_->chunk_cache == nullptr;  // The key of a chunk needs an open file.
  if (may_describe && context.channel != nullptr && context.channel->opens() && layer_->source.opens_each()) {
    return layer_->source.describe(index, *geometry_, context.counters);
  }
  return layer_->source.open(index, *geometry_, context.counters);
}

Status TaskExecution::fill_if_absent(Error error, const TaskContext& context) {
  if (!chunk_.name || !layer_->source.says_absent(error)) return error;
  if (layer_->strategy.mode == Mode::whole) return fill_chunk(chunk_at(chunk_begin_), *geometry_, context);
  return fill_absent_use(context);
}

Status TaskExecution::fill_absent_use(const TaskContext& context) {
  POSIXPAR_RETURN_IF_ERROR(fill_use(*geometry_, context));
  if (is_first_use()) absent_chunk_done(context);
  return {};
}

Status TaskExecution::begin_extents(const TaskContext& context) {
  geometry_->seek(task_.use);
  chunk_extents_ = geometry_->extent_count(layer_->strategy.level, layer_->strategy.block);
  shared_ = chunk_extents_ > 1;
  auto chunk = shared_ ? layer_->source.open_part(task_.chunk, task_.use, chunk_extents_, *geometry_, context.counters)
                       : open(task_.chunk, context);
  if (!chunk.ok()) return std::move(chunk).error();
  chunk_ = std::move(*chunk);
  if (chunk_.absent) {
    if (task_.begin == 0) POSIXPAR_RETURN_IF_ERROR(fill_absent_use(context));
    return shared_ ? layer_->source.extents_done(task_.use, task_.count, chunk_, context.counters) : Status();
  }
  POSIXPAR_RETURN_IF_ERROR(check_stored(chunk_.length, chunk_, *geometry_));
  extent_count_ = task_.count;
  return {};
}

std::uint64_t TaskExecution::chunk_at(std::uint64_t k) const {
  const Locations& where = layer_->plan.where;
  return where.extent_starts.empty() ? k : where.order[k];
}

/// Begins a task of Mode::whole. Reads the task's chunks as one extent, from the offset of the first chunk to the
/// greatest end of any chunk.
Status TaskExecution::begin_whole(const TaskContext& context) {
  const Locations& where = layer_->plan.where;
  const bool coalesced = !where.extent_starts.empty();
  chunk_begin_ = coalesced ? where.extent_starts[task_.chunk] : task_.chunk;
  chunk_end_ = coalesced ? where.extent_starts[task_.chunk + 1] : task_.chunk + 1;
  const UseRange uses = layer_->plan.uses_of(chunk_at(chunk_begin_));
  geometry_->seek(uses.begin);
  auto first = open(chunk_at(chunk_begin_), context);
  if (!first.ok()) return std::move(first).error();
  chunk_ = std::move(*first);
  if (chunk_.absent) {
    for (std::uint64_t k = chunk_begin_; k < chunk_end_; k++) {
      POSIXPAR_RETURN_IF_ERROR(fill_chunk(chunk_at(k), *geometry_, context));
    }
    return {};
  }
  std::uint64_t first_read = chunk_begin_;
  if (layer_->chunk_cache != nullptr) {
    POSIXPAR_RETURN_IF_ERROR(look_up_chunks(context));
    if (busy_ != nullptr) return {};
    while (first_read < chunk_end_ && is_found(first_read)) first_read++;
    if (first_read == chunk_end_) return scatter_found(context);
    move_to_chunk(first_read);
    geometry_->seek(layer_->plan.uses_of(chunk_at(first_read)).begin);
  }
  extent_count_ = 1;
  const std::uint64_t limit = stored_limit(geometry_->chunk_bytes());
  if (!chunk_.length) {
    to_end_ = true;
    length_ = std::min(limit, geometry_->chunk_bytes() + geometry_->chunk_bytes() / 16 + 4096);
    return {};
  }
  if (!coalesced && uses.size() == 1 && is_plain(*layer_) && in_place(geometry_->whole(), *geometry_, *layer_)) {
    POSIXPAR_RETURN_IF_ERROR(check_stored(chunk_.length, chunk_, *geometry_));
    in_place_ = true;
    length_ = geometry_->whole().length;
    return {};
  }
  length_ = *chunk_.length;
  if (length_ > limit) return too_long(chunk_, limit);
  for (std::uint64_t k = first_read + 1; coalesced && k < chunk_end_; k++) {
    if (is_found(k)) continue;
    if (where.lengths[chunk_at(k)] > static_cast<double>(limit)) return too_long(chunk_, limit);
    const auto stop = static_cast<std::uint64_t>(where.offsets[chunk_at(k)] + where.lengths[chunk_at(k)]);
    length_ = std::max(length_, stop - chunk_.offset);
  }
  return {};
}

void TaskExecution::suspend() {
  if (shared_) layer_->source.close_part(task_.use);
}

bool TaskExecution::reads_in_place(const ChunkExtent& extent) const {
  return layer_->copies_stored_bytes() && is_contiguous(extent, layer_->plan, dtype_size(layer_->plan.stored));
}

Extent TaskExecution::extent_at(std::uint64_t offset, std::uint64_t length) const {
  return {.file = chunk_.as_file(), .offset = offset, .length = length};
}

ExtentRequest TaskExecution::request(std::uint64_t index) const {
  if (layer_->strategy.mode == Mode::extents) {
    const ChunkExtent extent = geometry_->extent(layer_->strategy.level, layer_->strategy.block, task_.begin + index);
    ExtentRequest request{extent_at(chunk_.offset + extent.offset, extent.length)};
    if (reads_in_place(extent))
      request.extent.into = target_ + extent.dst_base;
    else
      request.scratch_bytes = extent.length;
    return request;
  }
  const ChunkExtent all = geometry_->whole();
  ExtentRequest request{extent_at(in_place_ ? chunk_.offset + all.offset : chunk_.offset, length_)};
  if (in_place_)
    request.extent.into = target_ + all.dst_base;
  else
    request.scratch_bytes = length_;
  return request;
}

std::optional<std::uint64_t> TaskExecution::copy_inline_bytes(const Extent& extent) const {
  if (chunk_.inline_bytes == nullptr) return std::nullopt;
  const std::uint64_t size = chunk_.inline_bytes->size();
  const std::uint64_t bytes = extent.offset < size ? std::min(extent.length, size - extent.offset) : 0;
  if (bytes > 0) copy_run(chunk_.inline_bytes->data() + extent.offset, extent.into, bytes);
  return bytes;
}

void TaskExecution::swap(std::byte* place, std::uint64_t bytes, const TaskContext& context) const {
  if (!layer_->conversion.swap) return;
  const Stopwatch watch(context.counters, kScatterNs);
  const std::size_t unit = dtype_swap_size(layer_->plan.stored);
  byteswap_in_place(place, bytes / unit, unit);
}

Result<TaskExecution::Next> TaskExecution::finish(std::uint64_t index, std::uint64_t got, std::span<std::byte> scratch,
                                                  const TaskContext& context) {
  context.counters[kExtents]++;
  const ExtentRequest asked = request(index);
  if (to_end_) {
    const std::uint64_t limit = stored_limit(geometry_->chunk_bytes());
    if (got == asked.extent.length) {
      if (length_ == limit) return too_long(chunk_, limit);
      length_ = limit;
      return Next::again;
    }
    POSIXPAR_RETURN_IF_ERROR(decode_one(chunk_begin_, scratch.first(got), context));
    return Next::done;
  }
  if (got < asked.extent.length) {
    Error error;
    error.kind = ErrorKind::eof;
    error.op = "pread";
    error.path = chunk_.file_path();
    error.offset = asked.extent.offset;
    error.length = asked.extent.length;
    error.message = "expected " + std::to_string(asked.extent.length) + " bytes, found " + std::to_string(got) +
                    " before the end of the file";
    return error;
  }
  if (layer_->strategy.mode == Mode::extents) {
    POSIXPAR_RETURN_IF_ERROR(finish_chunk_extent(index, scratch, context));
  } else if (in_place_) {
    swap(asked.extent.into, length_, context);
    context.counters[kBytesDone] += length_;
    chunk_done(context);
  } else {
    POSIXPAR_RETURN_IF_ERROR(decode_extent(scratch, context));
  }
  return Next::done;
}

Status TaskExecution::finish_chunk_extent(std::uint64_t index, std::span<std::byte> scratch,
                                          const TaskContext& context) {
  const ChunkExtent extent = geometry_->extent(layer_->strategy.level, layer_->strategy.block, task_.begin + index);
  if (reads_in_place(extent)) {
    swap(target_ + extent.dst_base, extent.length, context);
  } else {
    const ComputeHold hold(context.gate);
    POSIXPAR_RETURN_IF_ERROR(scatter_extent(scratch.data(), extent, chunk_, *layer_, context));
  }
  context.counters[kBytesDone] += result_bytes(extent, context.plan);
  if (++extents_done_ < extent_count_) return {};
  if (shared_) POSIXPAR_RETURN_IF_ERROR(layer_->source.extents_done(task_.use, task_.count, chunk_, context.counters));
  if (task_.begin + task_.count == chunk_extents_ && is_first_use()) chunk_done(context);
  return {};
}

Status TaskExecution::decode_extent(std::span<std::byte> stored, const TaskContext& context) {
  const std::uint64_t base = chunk_.offset;
  for (std::uint64_t k = chunk_begin_; k < chunk_end_; k++) {
    if (is_found(k)) continue;
    move_to_chunk(k);
    POSIXPAR_RETURN_IF_ERROR(decode_one(k, stored.subspan(chunk_.offset - base, *chunk_.length), context));
  }
  return scatter_found(context);
}

Status TaskExecution::decode_one(std::uint64_t k, std::span<std::byte> stored, const TaskContext& context) {
  if (layer_->chunk_cache != nullptr) {
    layer_->chunk_cache->count_miss();
    context.counters[kChunkCacheMisses]++;
  }
  const bool is_claimed = !found_.empty() && found_[k - chunk_begin_].claim;
  if (!is_claimed) return decode_chunk(chunk_, chunk_at(k), stored, *geometry_, *layer_, context, nullptr);
  std::optional<pool::ChunkCache::Claim>& claim = found_[k - chunk_begin_].claim;
  const CacheFill fill{*claim, file_};
  POSIXPAR_RETURN_IF_ERROR(decode_chunk(chunk_, chunk_at(k), stored, *geometry_, *layer_, context, &fill));
  claim.reset();
  return {};
}

void TaskExecution::move_to_chunk(std::uint64_t k) {
  const Locations& where = layer_->plan.where;
  if (where.extent_starts.empty()) return;
  const std::uint64_t index = chunk_at(k);
  chunk_.offset = static_cast<std::uint64_t>(where.offsets[index]);
  chunk_.length = static_cast<std::uint64_t>(where.lengths[index]);
  chunk_.filter_mask = where.masks.empty() ? 0 : where.masks[index];
}

Status TaskExecution::look_up_chunks(const TaskContext& context) {
  pool::ChunkCache& cache = *layer_->chunk_cache;
  const std::uint64_t count = chunk_end_ - chunk_begin_;
  auto file = cacheable_state(chunk_, layer_->plan.where, context.counters);
  if (!file.ok()) return std::move(file).error();
  if (!*file) return {};
  file_ = **file;
  std::vector<pool::ChunkKey> keys;
  keys.reserve(count);
  for (std::uint64_t k = chunk_begin_; k < chunk_end_; k++) {
    move_to_chunk(k);
    geometry_->seek(layer_->plan.uses_of(chunk_at(k)).begin);
    keys.push_back(chunk_key(chunk_, file_, geometry_->chunk_bytes(), layer_->plan));
  }
  using Busy = pool::ChunkCache::WhenBusy;
  const Busy when_busy = context.when_busy == WhenBusy::decode ? Busy::not_found : Busy::report;
  while (auto flight = cache.look_up(keys, when_busy, found_)) {
    if (context.when_busy == WhenBusy::postpone) {
      busy_ = std::move(flight);
      return {};
    }
    flight->wait(context.cancel);
    if (context.cancel.cancelled()) return Error{.kind = ErrorKind::cancelled, .op = "read", .path = {}, .message = {}};
  }
  return {};
}

Status TaskExecution::scatter_found(const TaskContext& context) {
  for (std::uint64_t k = chunk_begin_; k < chunk_end_; k++) {
    if (!is_found(k)) continue;
    layer_->chunk_cache->count_hit();
    context.counters[kChunkCacheHits]++;
    move_to_chunk(k);
    POSIXPAR_RETURN_IF_ERROR(
        scatter_cached(found_[k - chunk_begin_].chunk->data(), chunk_at(k), chunk_, *geometry_, *layer_, context));
    found_[k - chunk_begin_].chunk = nullptr;
  }
  return {};
}

}  // namespace posixpar
