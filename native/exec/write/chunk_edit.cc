#include "native/exec/write/chunk_edit.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/strategy/layer_strategy.h"
#include "native/pool/budget.h"
#include "native/pool/buffers.h"
#include "native/sys/clock.h"

namespace posixpar {
namespace {

void swap_bytes(MutableBytes decoded, const PlanLayer& layer) {
  const std::size_t unit = kDTypeSwapSizes[static_cast<std::size_t>(layer.stored)];
  if (layer.swap && unit > 1) byteswap_in_place(decoded.data(), decoded.size() / unit, unit);
}

bool has_only_fill(Bytes decoded, const PlanLayer& layer, const WriteSettings& settings) {
  const std::size_t size = dtype_size(layer.stored);
  if (decoded.empty() || std::memcmp(decoded.data(), settings.fill.data(), size) != 0) return false;
  // The first element equals the fill value. Now compares each element with the one before it.
  return std::memcmp(decoded.data(), decoded.data() + size, decoded.size() - size) == 0;
}

}  // namespace

Result<std::optional<Bytes>> encode_chunk(MutableBytes decoded, const PlanLayer& layer, const std::string& path,
                                          const WriteContext& context) {
  if (context.settings.omits_fill && has_only_fill(decoded, layer, context.settings)) {
    context.counters[kChunksOmitted]++;
    return std::optional<Bytes>();
  }
  swap_bytes(decoded, layer);
  if (layer.chain == nullptr) return std::optional<Bytes>(decoded);
  const std::uint64_t begin = sys::monotonic_ns();
  CodecScratch scratch;
  auto encoded = layer.chain->encode(decoded, scratch);
  context.counters[kEncodeNs] += sys::monotonic_ns() - begin;
  if (!encoded.ok()) return located_at(std::move(encoded).error(), path, 0, 0);
  return std::optional<Bytes>(*encoded);
}

bool ChunkEdit::is_partial() const {
  std::uint64_t count = 1;
  for (std::size_t d = 0; d < layer_.rank(); d++) {
    const PlanDim& dim = layer_.first.dims[d];
    count *= std::min(dim.chunk_shape, dim.grid_shape - geometry_.coordinate(d) * dim.chunk_shape);
  }
  return geometry_.elements() < count;
}

Status ChunkEdit::begin() {
  auto memory = pool::ThreadScratch::get().take(kDecodedSlot, std::max<std::size_t>(1, geometry_.chunk_bytes()));
  if (!memory.ok()) return std::move(memory).error();
  begin_in(memory->first(geometry_.chunk_bytes()), true);
  return {};
}

void ChunkEdit::begin_in(MutableBytes memory, bool is_new) {
  decoded_ = memory;
  if (!is_new) return;
  if (geometry_.elements() * dtype_size(layer_.stored) < decoded_.size()) fill();
  if (is_partial()) context_.counters[kChunksMerged]++;
}

Status ChunkEdit::load(Bytes stored, std::uint64_t offset) {
  if (layer_.chain == nullptr) {
    if (stored.size() != decoded_.size()) return wrong_length(stored.size(), "stored");
    std::memcpy(decoded_.data(), stored.data(), stored.size());
  } else {
    const ComputeHold hold(context_.gate);
    const std::uint64_t begin = sys::monotonic_ns();
    CodecScratch scratch;
    auto status = layer_.chain->decode(stored, 0, decoded_, {0, decoded_.size()}, scratch);
    context_.counters.decode_ns += sys::monotonic_ns() - begin;
    if (!status.ok()) return located_at(std::move(status).error(), path_, offset, stored.size());
  }
  swap_bytes(decoded_, layer_);
  return {};
}

Result<std::optional<Bytes>> ChunkEdit::finish() {
  const ComputeHold hold(context_.gate);
  if (auto status = gather(decoded_); !status.ok()) return std::move(status).error();
  auto stored = encode_chunk(decoded_, layer_, path_, context_);
  if (stored.ok()) count_elements();
  return stored;
}

Status ChunkEdit::apply() {
  const ComputeHold hold(context_.gate);
  // Copying without conversion cannot fail.
  const bool may_fail = !context_.conversion(layer_).identity();
  MutableBytes into = decoded_;
  if (may_fail) {
    auto memory = pool::ThreadScratch::get().take(kDecodedSlot, std::max<std::size_t>(1, decoded_.size()));
    if (!memory.ok()) return std::move(memory).error();
    into = memory->first(decoded_.size());
    std::memcpy(into.data(), decoded_.data(), decoded_.size());
  }
  POSIXPAR_RETURN_IF_ERROR(gather(into));
  if (may_fail) std::memcpy(decoded_.data(), into.data(), into.size());
  count_elements();
  return {};
}

void ChunkEdit::count_elements() {
  context_.counters[kChunksWritten]++;
  context_.counters[kBytesTaken] += geometry_.elements() * dtype_size(context_.plan.out_type);
}

Error ChunkEdit::wrong_length(std::uint64_t found, const char* what) const {
  Error error;
  error.kind = ErrorKind::codec;
  error.op = "write";
  error.path = path_;
  error.message = "expected a chunk of " + std::to_string(decoded_bytes()) + " bytes, found " + std::to_string(found) +
                  " " + what + " bytes";
  return error;
}

void ChunkEdit::fill() {
  const std::size_t size = dtype_size(layer_.stored);
  const auto step = static_cast<std::int64_t>(size);
  const CopyDim all{decoded_.size() / size, step, step, nullptr, nullptr};
  fill_nd(decoded_.data(), {&all, 1}, context_.settings.fill.data(), size);
}

Status ChunkEdit::gather(MutableBytes into) {
  const std::uint64_t begin = sys::monotonic_ns();
  const ChunkExtent whole = geometry_.whole();
  std::array<CopyDim, kMaxRank> dims;
  for (std::size_t d = 0; d < whole.rank; d++) {
    const CopyDim& read = whole.dims[d];
    dims[d] = {read.count, read.dst_step, read.src_step, read.dst_index, read.src_index};
  }
  auto status = copy_nd(context_.source + whole.dst_base, into.data() + whole.src_base, {dims.data(), whole.rank},
                        context_.conversion(layer_));
  context_.counters[kGatherNs] += sys::monotonic_ns() - begin;
  if (!status.ok()) return located_at(std::move(status).error(), path_, 0, 0);
  return {};
}

std::uint64_t chunk_edit_memory(const PlanLayer& layer) {
  const std::uint64_t decoded = decoded_chunk_bytes(layer);
  if (!pool::Budget::instance().is_strict()) {
    // Encoding needs two more buffers: for the stored chunk and for the data between codecs. Both are about as large as
    // the decoded chunk.
    return (layer.chain == nullptr ? 1 : 3) * decoded;
  }
  const auto capacity = [](std::uint64_t bytes) { return pool::BufferPool::capacity_of(bytes); };
  // The decoded chunk, and the stored chunk that is replaced.
  std::uint64_t bytes = capacity(decoded) + capacity(decoded + decoded / 16 + 4096);
  // Decoding and encoding use the same memory.
  if (layer.chain != nullptr) {
    bytes += std::max(layer.chain->max_decode_scratch(decoded), layer.chain->max_encode_scratch(decoded));
  }
  return bytes;
}

}  // namespace posixpar
