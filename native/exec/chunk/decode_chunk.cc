#include "native/exec/chunk/decode_chunk.h"

#include <algorithm>

#include "native/exec/plan/element_sink.h"
#include "native/exec/run/stopwatch.h"
#include "native/pool/buffers.h"

namespace posixpar {

Error located(Error error, const OpenChunk& chunk) {
  if (error.path.empty()) error.path = chunk.path != nullptr ? *chunk.path : chunk.own_path;
  if (error.offset == 0) error.offset = chunk.offset;
  if (error.length == 0) error.length = chunk.length.value_or(0);
  return error;
}

void chunk_done(const TaskContext& context) { context.counters[kChunksDone]++; }

void absent_chunk_done(const TaskContext& context) {
  context.counters[kChunksAbsent]++;
  chunk_done(context);
}

namespace {

/// Returns a copy of `extent` whose destination is the mask (one byte per element) instead of the result.
ChunkExtent in_mask(ChunkExtent extent, const TaskContext& context) {
  const std::size_t size = dtype_size(context.plan.out_type);
  extent.dst_base /= size;
  for (std::uint32_t d = 0; d < extent.rank; d++) extent.dims[d].dst_step /= static_cast<std::int64_t>(size);
  return extent;
}

}  // namespace

Status scatter_extent(const std::byte* from, const ChunkExtent& extent, const OpenChunk& chunk, const LayerRead& layer,
                      const TaskContext& context) {
  const Stopwatch watch(context.counters, kScatterNs);
  if (context.plan.sink != nullptr) {
    auto added = context.plan.sink->add({.first = from + extent.src_base,
                                         .dims = extent.copy_dims(),
                                         .conversion = layer.conversion,
                                         .mask = layer.mask ? &*layer.mask : nullptr});
    return added.ok() ? Status() : Status(located(std::move(added).error(), chunk));
  }
  auto copied = copy_nd(from + extent.src_base, context.target + extent.dst_base, extent.copy_dims(), layer.conversion);
  if (copied.ok() && layer.mask) {
    const ChunkExtent masked = in_mask(extent, context);
    copied = copy_nd(from + masked.src_base, context.mask + masked.dst_base, masked.copy_dims(), *layer.mask);
  }
  return copied.ok() ? Status() : Status(located(std::move(copied).error(), chunk));
}

Status fill_use(const ChunkGeometry& geometry, const TaskContext& context) {
  const std::optional<Fill>& own = geometry.layer().fill;
  const Fill& fill = own ? *own : context.plan.fill;
  if (fill.error) return *fill.error;
  const Stopwatch watch(context.counters, kScatterNs);
  context.counters[kBytesDone] += geometry.elements() * dtype_size(context.plan.out_type);
  if (context.plan.sink != nullptr) {
    context.plan.sink->add_fill(fill, geometry.elements(), context.plan);
    return {};
  }
  const ChunkExtent all = geometry.whole();
  fill_nd(context.target + all.dst_base, all.copy_dims(), fill.element.data(), dtype_size(context.plan.out_type));
  if (context.mask != nullptr) {
    const ChunkExtent masked = in_mask(all, context);
    const std::byte missing{static_cast<unsigned char>(fill.missing ? 1 : 0)};
    fill_nd(context.mask + masked.dst_base, masked.copy_dims(), &missing, 1);
  }
  return {};
}

Status fill_chunk(std::uint64_t index, ChunkGeometry& geometry, const TaskContext& context) {
  const UseRange uses = geometry.layer().uses_of(index);
  for (std::uint64_t use = uses.begin; use < uses.end; use++) {
    geometry.seek(use);
    POSIXPAR_RETURN_IF_ERROR(fill_use(geometry, context));
  }
  absent_chunk_done(context);
  return {};
}

std::uint64_t elements_of(const ChunkExtent& extent) { return count_elements(extent.copy_dims()); }

std::uint64_t result_bytes(const ChunkExtent& extent, const Plan& plan) {
  return elements_of(extent) * dtype_size(plan.out_type);
}

namespace {

Error too_short(std::uint64_t stored, const OpenChunk& chunk, std::uint64_t chunk_bytes) {
  Error error;
  error.kind = ErrorKind::codec;
  error.op = "chunk";
  error.message =
      "expected a plain chunk of " + std::to_string(chunk_bytes) + " bytes, found one of " + std::to_string(stored);
  return located(std::move(error), chunk);
}

}  // namespace

Status check_stored(std::optional<std::uint64_t> stored, const OpenChunk& chunk, const ChunkGeometry& geometry) {
  if (!stored || *stored >= geometry.needed().end) return {};
  return too_short(*stored, chunk, geometry.chunk_bytes());
}

std::uint64_t stored_limit(std::uint64_t decoded_bytes) { return decoded_bytes * 2 + (std::uint64_t{1} << 20); }

Error too_long(const OpenChunk& chunk, std::uint64_t limit) {
  Error error;
  error.kind = ErrorKind::codec;
  error.op = "chunk";
  error.message = "expected a stored chunk of at most " + std::to_string(limit) + " bytes";
  return located(std::move(error), chunk);
}

bool is_plain(const LayerRead& layer) { return layer.plan.chain == nullptr || layer.plan.chain->empty(); }

bool in_place(const ChunkExtent& all, const ChunkGeometry& geometry, const LayerRead& layer) {
  const std::size_t element = dtype_size(layer.plan.stored);
  return layer.copies_stored_bytes() && geometry.elements() * element == geometry.chunk_bytes() &&
         is_contiguous(all, layer.plan, element);
}

namespace {

/// Copies the selected elements of a decoded chunk to the result, for all boxes that need the chunk. Changes the
/// position of `geometry`.
Status scatter_uses(const std::byte* decoded, const UseRange& uses, const OpenChunk& chunk, ChunkGeometry& geometry,
                    const LayerRead& layer, const TaskContext& context) {
  for (std::uint64_t use = uses.begin; use < uses.end; use++) {
    geometry.seek(use);
    context.counters[kBytesDone] += geometry.elements() * dtype_size(context.plan.out_type);
    POSIXPAR_RETURN_IF_ERROR(scatter_extent(decoded, geometry.whole(), chunk, layer, context));
  }
  return {};
}

/// Returns the smallest range of a decoded chunk that contains all bytes that the boxes need. Changes the position of
/// `geometry`.
Needed needed_by(const UseRange& uses, ChunkGeometry& geometry) {
  geometry.seek(uses.begin);
  Needed needed = geometry.needed();
  for (std::uint64_t use = uses.begin + 1; use < uses.end; use++) {
    geometry.seek(use);
    const Needed more = geometry.needed();
    needed = {std::min(needed.begin, more.begin), std::max(needed.end, more.end)};
  }
  return needed;
}

}  // namespace

Status decode_chunk(const OpenChunk& chunk, std::uint64_t index, Bytes stored, ChunkGeometry& geometry,
                    LayerRead& layer, const TaskContext& context, const CacheFill* fill) {
  CodecScratch codec_scratch;
  const ComputeHold hold(context.gate);
  const UseRange uses = layer.plan.uses_of(index);
  Needed needed = needed_by(uses, geometry);
  const std::uint64_t bytes = geometry.chunk_bytes();
  chunk_done(context);
  if (is_plain(layer)) {
    if (stored.size() < needed.end) return too_short(stored.size(), chunk, bytes);
    return scatter_uses(stored.data(), uses, chunk, geometry, layer, context);
  }
  const ChunkExtent all = geometry.whole();
  std::byte* const cached = fill == nullptr ? nullptr : fill->claim.allocate();
  if (cached != nullptr) needed = {0, bytes};
  const bool placed = cached == nullptr && uses.size() == 1 && in_place(all, geometry, layer);
  std::byte* decoded = placed ? context.target + all.dst_base : cached;
  if (decoded == nullptr) {
    auto scratch = pool::ThreadScratch::get().take(kDecodedSlot, bytes);
    if (!scratch.ok()) return std::move(scratch).error();
    decoded = scratch->data();
  }
  {
    const Stopwatch watch(context.counters, kDecodeNs);
    auto status = layer.plan.chain->decode(stored, chunk.filter_mask, {decoded, bytes}, needed, codec_scratch);
    if (!status.ok()) return located(std::move(status).error(), chunk);
    context.counters[kBytesDecoded] += needed.end - needed.begin;
    context.counters[kChunksDecoded]++;
  }
  if (cached != nullptr) publish_chunk(*fill, chunk, context.counters);
  if (!placed) return scatter_uses(decoded, uses, chunk, geometry, layer, context);
  const Stopwatch watch(context.counters, kScatterNs);
  context.counters[kBytesDone] += geometry.elements() * dtype_size(context.plan.out_type);
  const std::size_t unit = dtype_swap_size(layer.plan.stored);
  if (layer.conversion.swap) byteswap_in_place(decoded, bytes / unit, unit);
  return {};
}

Status scatter_cached(const std::byte* decoded, std::uint64_t index, const OpenChunk& chunk, ChunkGeometry& geometry,
                      const LayerRead& layer, const TaskContext& context) {
  const ComputeHold hold(context.gate);
  chunk_done(context);
  return scatter_uses(decoded, layer.plan.uses_of(index), chunk, geometry, layer, context);
}

}  // namespace posixpar
