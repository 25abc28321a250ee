#include "native/exec/write/in_place.h"

#include <utility>

#include "native/exec/chunk/decode_chunk.h"
#include "native/pool/buffers.h"
#include "native/sys/clock.h"
#include "native/sys/write.h"

namespace posixpar {
namespace {

/// Adds the time until the end of the scope to the time of writing, without the time of gathering. One clock for many
/// runs: reading it twice per run would take a tenth of the time of a short run.
class WriteTimer {
 public:
  explicit WriteTimer(WriteCounters& counters)
      : counters_(counters), begin_ns_(sys::monotonic_ns()), gathered_ns_(counters[kGatherNs]) {}
  WriteTimer(const WriteTimer&) = delete;
  WriteTimer& operator=(const WriteTimer&) = delete;
  ~WriteTimer() { counters_[kWriteNs] += sys::monotonic_ns() - begin_ns_ - (counters_[kGatherNs] - gathered_ns_); }

 private:
  WriteCounters& counters_;
  const std::uint64_t begin_ns_;
  const std::uint64_t gathered_ns_;
};

}  // namespace

bool writes_as_is(const FileRuns& runs, const PlanLayer& layer, const Plan& plan) {
  return !layer.swap && conversion_of(plan, layer).identity() && runs.contiguous_in_source();
}

InPlaceChunk::InPlaceChunk(const FileRuns& runs, const PlanLayer& layer, std::uint64_t chunk_offset,
                           const WriteContext& context)
    : runs_(runs),
      layer_(layer),
      chunk_offset_(chunk_offset),
      context_(context),
      as_is_(writes_as_is(runs, layer, context.plan)) {}

Status InPlaceChunk::write_runs(std::uint64_t begin, std::uint64_t end) const {
  const WriteTimer timer(context_.counters);
  for (std::uint64_t i = begin; i < end; i++) {
    const FileRun run = runs_.at(i);
    POSIXPAR_RETURN_IF_ERROR(write_part(run, {0, run.length}));
  }
  return {};
}

Status InPlaceChunk::write_edges(std::uint64_t begin, std::uint64_t end, std::uint64_t alignment) const {
  const WriteTimer timer(context_.counters);
  for (std::uint64_t i = begin; i < end; i++) {
    const FileRun run = runs_.at(i);
    const RunRange middle = aligned_middle(chunk_offset_ + run.offset, run.length, alignment);
    POSIXPAR_RETURN_IF_ERROR(write_part(run, {0, middle.begin}));
    POSIXPAR_RETURN_IF_ERROR(write_part(run, {middle.end, run.length}));
  }
  return {};
}

Status InPlaceChunk::write_direct(std::uint64_t index, RunRange part, std::uint64_t alignment,
                                  DirectRefusal& refusal) const {
  const FileRun run = runs_.at(index);
  const std::byte* bytes = context_.source + run.from + part.begin;
  // The kernel reads aligned memory of the caller itself, so no copy is needed.
  if (!as_is_ || reinterpret_cast<std::uintptr_t>(bytes) % alignment != 0) {
    auto gathered = gather(run, part);
    if (!gathered.ok()) return std::move(gathered).error();
    bytes = *gathered;
  }
  const WriteTimer timer(context_.counters);
  POSIXPAR_RETURN_IF_ERROR(posixpar::write_direct(*layer_.where.file, {bytes, part.end - part.begin},
                                                  chunk_offset_ + run.offset + part.begin, alignment, refusal,
                                                  context_));
  count(part);
  return {};
}

Status InPlaceChunk::write_part(const FileRun& run, RunRange part) const {
  if (part.begin == part.end) return {};
  const sys::OpenFile& file = *layer_.where.file;
  const std::byte* bytes = context_.source + run.from + part.begin;
  if (!as_is_) {
    auto gathered = gather(run, part);
    if (!gathered.ok()) return std::move(gathered).error();
    bytes = *gathered;
  }
  POSIXPAR_RETURN_IF_ERROR(sys::pwrite_full(file.fd(), bytes, part.end - part.begin,
                                            chunk_offset_ + run.offset + part.begin, file.path(),
                                            context_.counters[kWriteSystemCalls]));
  count(part);
  return {};
}

Result<const std::byte*> InPlaceChunk::gather(const FileRun& run, RunRange part) const {
  const std::uint64_t length = part.end - part.begin;
  auto memory = pool::ThreadScratch::get().take(kDecodedSlot, length);
  if (!memory.ok()) return std::move(memory).error();
  const ComputeHold hold(context_.gate);
  const std::uint64_t begin = sys::monotonic_ns();
  auto status = copy_run_part(run, context_.source, part.begin, part.end, context_.conversion(layer_), memory->data());
  if (!status.ok()) {
    return located_at(std::move(status).error(), layer_.where.file->path(), chunk_offset_ + run.offset + part.begin,
                      length);
  }
  const std::size_t unit = kDTypeSwapSizes[static_cast<std::size_t>(layer_.stored)];
  if (layer_.swap && unit > 1) byteswap_in_place(memory->data(), length / unit, unit);
  context_.counters[kGatherNs] += sys::monotonic_ns() - begin;
  return static_cast<const std::byte*>(memory->data());
}

void InPlaceChunk::count(RunRange part) const {
  const std::uint64_t length = part.end - part.begin;
  context_.counters[kBytesWritten] += length;
  context_.counters[kBytesTaken] += length / dtype_size(layer_.stored) * dtype_size(context_.plan.out_type);
}

}  // namespace posixpar
