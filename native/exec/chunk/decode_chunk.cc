#include "native/exec/chunk/decode_chunk.h"

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

namespace {

/// Returns `extent` with offsets for the mask, whose elements are bytes.
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
  auto copied = copy_nd(from + extent.src_base, context.target + extent.dst_base, extent.copy_dims(), layer.conversion);
  if (copied.ok() && layer.mask) {
    const ChunkExtent masked = in_mask(extent, context);
    copied = copy_nd(from + masked.src_base, context.mask + masked.dst_base, masked.copy_dims(), *layer.mask);
  }
  return copied.ok() ? Status() : Status(located(std::move(copied).error(), chunk));
}

Status fill_chunk(const ChunkGeometry& geometry, const TaskContext& context) {
  const std::optional<Fill>& own = geometry.layer().fill;
  const Fill& fill = own ? *own : context.plan.fill;
  if (fill.error) return *fill.error;
  const Stopwatch watch(context.counters, kScatterNs);
  const ChunkExtent all = geometry.whole();
  context.counters[kBytesDone] += geometry.elements() * dtype_size(context.plan.out_type);
  chunk_done(context);
  fill_nd(context.target + all.dst_base, all.copy_dims(), fill.element.data(), dtype_size(context.plan.out_type));
  if (context.mask != nullptr) {
    const ChunkExtent masked = in_mask(all, context);
    const std::byte missing{static_cast<unsigned char>(fill.missing ? 1 : 0)};
    fill_nd(context.mask + masked.dst_base, masked.copy_dims(), &missing, 1);
  }
  context.counters[kChunksAbsent]++;
  return {};
}

std::uint64_t elements_of(const ChunkExtent& extent) {
  std::uint64_t n = 1;
  for (const CopyDim& dim : extent.copy_dims()) n *= dim.count;
  return n;
}

std::uint64_t result_bytes(const ChunkExtent& extent, const Plan& plan) {
  return elements_of(extent) * dtype_size(plan.out_type);
}

Status check_stored(std::optional<std::uint64_t> stored, const OpenChunk& chunk, const ChunkGeometry& geometry) {
  if (!stored || *stored >= geometry.needed().end) return {};
  Error error;
  error.kind = ErrorKind::codec;
  error.op = "chunk";
  error.message = "expected a plain chunk of " + std::to_string(geometry.chunk_bytes()) + " bytes, found one of " +
                  std::to_string(*stored);
  return located(std::move(error), chunk);
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

Status decode_chunk(const OpenChunk& chunk, Bytes stored, const ChunkGeometry& geometry, LayerRead& layer,
                    const TaskContext& context) {
  CodecScratch codec_scratch;
  const ComputeHold hold(context.gate);
  const ChunkExtent all = geometry.whole();
  std::byte* const into = context.target + all.dst_base;
  const std::uint64_t bytes = geometry.chunk_bytes();
  context.counters[kBytesDone] += geometry.elements() * dtype_size(context.plan.out_type);
  chunk_done(context);
  if (is_plain(layer)) {
    POSIXPAR_RETURN_IF_ERROR(check_stored(stored.size(), chunk, geometry));
    return scatter_extent(stored.data(), all, chunk, layer, context);
  }
  const bool placed = in_place(all, geometry, layer);
  std::byte* decoded = into;
  if (!placed) {
    auto scratch = pool::ThreadScratch::get().take(kDecodedSlot, bytes);
    if (!scratch.ok()) return std::move(scratch).error();
    decoded = scratch->data();
  }
  {
    const Stopwatch watch(context.counters, kDecodeNs);
    const Needed needed = geometry.needed();
    auto status = layer.plan.chain->decode(stored, chunk.filter_mask, {decoded, bytes}, needed, codec_scratch);
    if (!status.ok()) return located(std::move(status).error(), chunk);
    context.counters[kBytesDecoded] += needed.end - needed.begin;
  }
  if (!placed) return scatter_extent(decoded, all, chunk, layer, context);
  const Stopwatch watch(context.counters, kScatterNs);
  const std::size_t unit = dtype_swap_size(layer.plan.stored);
  if (layer.conversion.swap) byteswap_in_place(into, bytes / unit, unit);
  return {};
}

}  // namespace posixpar
