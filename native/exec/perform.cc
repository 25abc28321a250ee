#include <algorithm>

#include "native/exec/work.h"
#include "native/pool/buffers.h"
#include "native/sys/clock.h"

namespace posixpar {
namespace {

/// Slots of the thread's scratch memory.
constexpr std::size_t kStoredSlot = 0;
constexpr std::size_t kDecodedSlot = 1;

/// Adds the time until its end to a word of the tally.
class Stopwatch {
 public:
  Stopwatch(Tally& tally, StatWord word) : tally_(tally), word_(word), begin_(sys::monotonic_ns()) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { tally_[word_] += sys::monotonic_ns() - begin_; }

 private:
  Tally& tally_;
  StatWord word_;
  std::uint64_t begin_;
};

Error located(Error error, const OpenChunk& chunk) {
  if (error.path.empty()) error.path = chunk.path != nullptr ? *chunk.path : chunk.own_path;
  if (error.offset == 0) error.offset = chunk.offset;
  if (error.length == 0) error.length = chunk.length.value_or(0);
  return error;
}

/// Adds a finished chunk, or the last part of one, to the account.
void chunk_done(const TaskContext& context) { context.tally[kChunksDone]++; }

/// `span` in the mask, whose elements are bytes.
Span in_mask(Span span, const TaskContext& context) {
  const std::size_t size = dtype_size(context.plan.out_type);
  span.dst_base /= size;
  for (std::uint32_t d = 0; d < span.rank; d++) span.dims[d].dst_step /= static_cast<std::int64_t>(size);
  return span;
}

/// Moves the elements of `span` into the result and its mask. `from` is where the span's bytes begin.
Status place(const std::byte* from, const Span& span, const OpenChunk& chunk, const Work& work,
             const TaskContext& context) {
  const Stopwatch watch(context.tally, kScatterNs);
  auto copied = copy_nd(from + span.src_base, context.target + span.dst_base, span.copy_dims(), work.conversion);
  if (copied.ok() && work.mask) {
    const Span masked = in_mask(span, context);
    copied = copy_nd(from + masked.src_base, context.mask + masked.dst_base, masked.copy_dims(), *work.mask);
  }
  return copied.ok() ? Status() : Status(located(std::move(copied).error(), chunk));
}

void fill_chunk(const ChunkGeometry& geometry, const TaskContext& context) {
  const Stopwatch watch(context.tally, kScatterNs);
  const Span all = geometry.whole();
  context.tally[kBytesDone] += geometry.elements() * dtype_size(context.plan.out_type);
  chunk_done(context);
  fill_nd(context.target + all.dst_base, all.copy_dims(), context.plan.fill.data(), dtype_size(context.plan.out_type));
  if (context.mask != nullptr) {
    const Span masked = in_mask(all, context);
    const std::byte missing{static_cast<unsigned char>(context.plan.fill_is_missing ? 1 : 0)};
    fill_nd(context.mask + masked.dst_base, masked.copy_dims(), &missing, 1);
  }
  context.tally[kChunksAbsent]++;
}

std::uint64_t result_bytes(const Span& span, const Plan& plan) {
  std::uint64_t n = dtype_size(plan.out_type);
  for (const CopyDim& dim : span.copy_dims()) n *= dim.count;
  return n;
}

/// A stored plain chunk that is shorter than its decoded size can't hold its elements.
Status check_stored(std::optional<std::uint64_t> stored, const OpenChunk& chunk, const ChunkGeometry& geometry) {
  if (!stored || *stored >= geometry.needed().end) return {};
  Error error;
  error.kind = ErrorKind::codec;
  error.op = "chunk";
  error.message = "expected a plain chunk of " + std::to_string(geometry.chunk_bytes()) + " bytes, found one of " +
                  std::to_string(*stored);
  return located(std::move(error), chunk);
}

Result<ReadState> perform_span(const Span& span, const OpenChunk& chunk, Work& work, const TaskContext& context) {
  const std::size_t element = dtype_size(work.layer.stored);
  const std::uint64_t offset = chunk.offset + span.offset;
  if (work.bytes_only() && is_direct(span, work.layer, element)) {
    std::byte* const into = context.target + span.dst_base;
    auto state = read_exact(chunk, into, span.length, offset, context.wait, context.tally);
    if (!state.ok() || *state == ReadState::would_block) return state;
    if (work.conversion.swap) {
      const Stopwatch watch(context.tally, kScatterNs);
      const std::size_t unit = dtype_swap_size(work.layer.stored);
      byteswap_in_place(into, span.length / unit, unit);
    }
    return state;
  }
  auto scratch = pool::ThreadScratch::get().take(kStoredSlot, span.length);
  if (!scratch.ok()) return std::move(scratch).error();
  auto state = read_exact(chunk, scratch->data(), span.length, offset, context.wait, context.tally);
  if (!state.ok() || *state == ReadState::would_block) return state;
  const ComputeHold hold(context.gate);
  POSIXPAR_RETURN_IF_ERROR(place(scratch->data(), span, chunk, work, context));
  return state;
}

Result<ReadState> perform_spans(const Task& task, Work& work, const TaskContext& context) {
  ChunkGeometry geometry(work.layer, dtype_size(context.plan.out_type));
  geometry.seek(task.chunk);
  const std::uint64_t spans = geometry.span_count(work.level, work.block);
  const bool alone = task.count == spans;
  auto chunk = alone ? work.source.open(task.chunk, geometry, context.tally)
                     : work.source.open_part(task.chunk, spans, geometry, context.tally);
  if (!chunk.ok()) return std::move(chunk).error();
  if (chunk->absent) {
    if (task.begin == 0) fill_chunk(geometry, context);
    if (!alone) work.source.spans_done(task.chunk, task.count);
    return ReadState::done;
  }
  POSIXPAR_RETURN_IF_ERROR(check_stored(chunk->length, *chunk, geometry));
  for (std::uint64_t s = task.begin; s < task.begin + task.count; s++) {
    const Span span = geometry.span(work.level, work.block, s);
    auto state = perform_span(span, *chunk, work, context);
    if (!state.ok() || *state == ReadState::would_block) return state;
    context.tally[kBytesDone] += result_bytes(span, context.plan);
  }
  if (!alone) work.source.spans_done(task.chunk, task.count);
  if (task.begin + task.count == spans) chunk_done(context);
  return ReadState::done;
}

Result<ReadState> perform_mapped(const Task& task, Work& work, const TaskContext& context) {
  ChunkGeometry geometry(work.layer, dtype_size(context.plan.out_type));
  geometry.seek(task.chunk);
  auto chunk = work.source.open(task.chunk, geometry, context.tally);
  if (!chunk.ok()) return std::move(chunk).error();
  if (chunk->absent) {
    fill_chunk(geometry, context);
    return ReadState::done;
  }
  POSIXPAR_RETURN_IF_ERROR(check_stored(chunk->length, *chunk, geometry));
  const sys::MappedAccess access(work.mapping, chunk->fd);
  for (std::uint64_t s = task.begin; s < task.begin + task.count; s++) {
    const Span span = geometry.span(work.level, work.block, s);
    const std::byte* from = access.bytes().data() + chunk->offset + span.offset;
    POSIXPAR_RETURN_IF_ERROR(place(from, span, *chunk, work, context));
    const std::uint64_t bytes = result_bytes(span, context.plan);
    context.tally[kBytesMapped] += bytes;
    context.tally[kBytesRead] += bytes;
    context.tally[kBytesDone] += bytes;
    context.tally[kExtents]++;
  }
  if (task.begin + task.count == geometry.span_count(work.level, work.block)) chunk_done(context);
  context.tally[kEngines] |= kEngineMmap;
  if (access.faulted()) {
    auto status = access.finish();
    if (!status.ok()) return std::move(status).error();
  }
  return ReadState::done;
}

/// The most bytes that a chunk of `decoded_bytes` is expected to be stored in: an encoder that can't compress adds a
/// little. Bounds memory when a file lies.
std::uint64_t stored_limit(std::uint64_t decoded_bytes) { return decoded_bytes * 2 + (std::uint64_t{1} << 20); }

Error too_long(const OpenChunk& chunk, std::uint64_t limit) {
  Error error;
  error.kind = ErrorKind::codec;
  error.op = "chunk";
  error.message = "expected a stored chunk of at most " + std::to_string(limit) + " bytes";
  return located(std::move(error), chunk);
}

/// Where the stored bytes of the chunk of a whole file are, read to the end of the file.
Result<ReadState> read_file(const OpenChunk& chunk, std::uint64_t decoded_bytes, const TaskContext& context,
                            std::span<std::byte>* stored) {
  const std::uint64_t limit = stored_limit(decoded_bytes);
  std::uint64_t capacity = std::min(limit, decoded_bytes + decoded_bytes / 16 + 4096);
  for (;;) {
    auto scratch = pool::ThreadScratch::get().take(kStoredSlot, capacity);
    if (!scratch.ok()) return std::move(scratch).error();
    std::uint64_t got = 0;
    auto state = read_up_to(chunk, scratch->data(), capacity, chunk.offset, context.wait, context.tally, &got);
    if (!state.ok() || *state == ReadState::would_block) return state;
    if (got < capacity) {
      context.tally[kExtents]++;
      *stored = scratch->first(got);
      return state;
    }
    if (capacity == limit) return too_long(chunk, limit);
    capacity = limit;
  }
}

bool is_plain(const Work& work) { return work.layer.chain == nullptr || work.layer.chain->empty(); }

/// Whether the decoded chunk, byte for byte or byte-swapped, is a run of the result.
bool in_place(const Span& all, const ChunkGeometry& geometry, const Work& work) {
  const std::size_t element = dtype_size(work.layer.stored);
  return work.bytes_only() && geometry.elements() * element == geometry.chunk_bytes() &&
         is_direct(all, work.layer, element);
}

/// A plain chunk that is a run of the result.
Result<ReadState> read_into_place(const OpenChunk& chunk, const ChunkGeometry& geometry, Work& work,
                                  const TaskContext& context) {
  Span all = geometry.whole();
  POSIXPAR_RETURN_IF_ERROR(check_stored(chunk.length, chunk, geometry));
  auto state = perform_span(all, chunk, work, context);
  if (!state.ok() || *state == ReadState::would_block) return state;
  context.tally[kBytesDone] += all.length;
  chunk_done(context);
  return state;
}

Status decode_chunk(const OpenChunk& chunk, Bytes stored, const ChunkGeometry& geometry, Work& work,
                    const TaskContext& context) {
  thread_local CodecScratch codec_scratch;
  const ComputeHold hold(context.gate);
  const Span all = geometry.whole();
  std::byte* const into = context.target + all.dst_base;
  const std::uint64_t bytes = geometry.chunk_bytes();
  context.tally[kBytesDone] += geometry.elements() * dtype_size(context.plan.out_type);
  chunk_done(context);
  if (is_plain(work)) {
    POSIXPAR_RETURN_IF_ERROR(check_stored(stored.size(), chunk, geometry));
    return place(stored.data(), all, chunk, work, context);
  }
  const bool direct = in_place(all, geometry, work);
  std::byte* decoded = into;
  if (!direct) {
    auto scratch = pool::ThreadScratch::get().take(kDecodedSlot, bytes);
    if (!scratch.ok()) return std::move(scratch).error();
    decoded = scratch->data();
  }
  {
    const Stopwatch watch(context.tally, kDecodeNs);
    const Needed needed = geometry.needed();
    auto status = work.layer.chain->decode(stored, chunk.filter_mask, {decoded, bytes}, needed, codec_scratch);
    if (!status.ok()) return located(std::move(status).error(), chunk);
    context.tally[kBytesDecoded] += needed.end - needed.begin;
  }
  if (!direct) return place(decoded, all, chunk, work, context);
  const Stopwatch watch(context.tally, kScatterNs);
  const std::size_t unit = dtype_swap_size(work.layer.stored);
  if (work.conversion.swap) byteswap_in_place(into, bytes / unit, unit);
  return {};
}

/// The group's chunks share one read: from the first one's offset to the furthest end.
Result<ReadState> perform_whole(const Task& task, Work& work, const TaskContext& context) {
  const Locations& where = work.layer.where;
  const bool grouped = !where.group_starts.empty();
  const std::uint64_t begin = grouped ? where.group_starts[task.chunk] : task.chunk;
  const std::uint64_t end = grouped ? where.group_starts[task.chunk + 1] : task.chunk + 1;
  const auto chunk_at = [&](std::uint64_t k) { return grouped ? where.order[k] : k; };
  ChunkGeometry geometry(work.layer, dtype_size(context.plan.out_type));
  geometry.seek(chunk_at(begin));
  auto first = work.source.open(chunk_at(begin), geometry, context.tally);
  if (!first.ok()) return std::move(first).error();
  if (first->absent) {
    for (std::uint64_t k = begin; k < end; k++) {
      geometry.seek(chunk_at(k));
      fill_chunk(geometry, context);
    }
    return ReadState::done;
  }
  std::span<std::byte> bytes;
  const std::uint64_t base = first->offset;
  if (!first->length) {
    auto state = read_file(*first, geometry.chunk_bytes(), context, &bytes);
    if (!state.ok() || *state == ReadState::would_block) return state;
    POSIXPAR_RETURN_IF_ERROR(decode_chunk(*first, bytes, geometry, work, context));
    return state;
  }
  if (!grouped && is_plain(work) && in_place(geometry.whole(), geometry, work))
    return read_into_place(*first, geometry, work, context);
  std::uint64_t length = *first->length;
  if (length > stored_limit(geometry.chunk_bytes())) return too_long(*first, stored_limit(geometry.chunk_bytes()));
  for (std::uint64_t k = begin + 1; grouped && k < end; k++) {
    if (where.lengths[chunk_at(k)] > static_cast<double>(stored_limit(geometry.chunk_bytes()))) {
      return too_long(*first, stored_limit(geometry.chunk_bytes()));
    }
    const auto stop = static_cast<std::uint64_t>(where.offsets[chunk_at(k)] + where.lengths[chunk_at(k)]);
    length = std::max(length, stop - base);
  }
  auto scratch = pool::ThreadScratch::get().take(kStoredSlot, length);
  if (!scratch.ok()) return std::move(scratch).error();
  auto state = read_exact(*first, scratch->data(), length, base, context.wait, context.tally);
  if (!state.ok() || *state == ReadState::would_block) return state;
  for (std::uint64_t k = begin; k < end; k++) {
    const std::uint64_t index = chunk_at(k);
    geometry.seek(index);
    if (grouped) {
      first->offset = static_cast<std::uint64_t>(where.offsets[index]);
      first->length = static_cast<std::uint64_t>(where.lengths[index]);
      first->filter_mask = where.masks.empty() ? 0 : where.masks[index];
    }
    const auto stored = scratch->subspan(first->offset - base, *first->length);
    POSIXPAR_RETURN_IF_ERROR(decode_chunk(*first, stored, geometry, work, context));
  }
  return state;
}

}  // namespace

Result<ReadState> perform(const Task& task, Work& work, const TaskContext& context) {
  switch (work.mode) {
    case Mode::spans:
      return perform_spans(task, work, context);
    case Mode::mapped:
      return perform_mapped(task, work, context);
    case Mode::whole:
      return perform_whole(task, work, context);
    case Mode::fill: {
      ChunkGeometry geometry(work.layer, dtype_size(context.plan.out_type));
      geometry.seek(task.chunk);
      fill_chunk(geometry, context);
      return ReadState::done;
    }
  }
  return ReadState::done;
}

}  // namespace posixpar
