#include "native/exec/reduce/reduce_cached.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "native/engines/engine.h"
#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/plan/geometry.h"
#include "native/pool/budget.h"
#include "native/pool/buffers.h"
#include "native/sys/clock.h"
#include "native/sys/open_file.h"

namespace posixpar {
namespace {

/// Length of a piece. It stays in the L2 cache between the read and the additions.
constexpr std::uint64_t kPieceBytes = std::uint64_t{256} << 10;

/// Returns the range of the file that contains the selected elements, each once and nothing else. Returns nothing if
/// there is no such range.
std::optional<sys::ByteRange> find_range(const Plan& plan) {
  if (plan.layers.size() != 1) return std::nullopt;
  const PlanLayer& layer = plan.layers[0];
  if (plan.prefill || layer.spaced || !layer.is_one_plain_chunk() || !plan.copies_stored_bytes(layer))
    return std::nullopt;
  ChunkGeometry geometry(layer, 1);
  geometry.seek(0);
  const ChunkExtent all = geometry.extent(0, std::numeric_limits<std::uint64_t>::max(), 0);
  // A list may contain an index several times. Without lists, the selected elements are different, so they fill an
  // extent of their total size.
  const bool has_list =
      std::ranges::any_of(all.copy_dims(), [](const CopyDim& dim) { return dim.src_index != nullptr; });
  if (has_list || all.length != plan.elements * dtype_size(layer.stored)) return std::nullopt;
  if (static_cast<double>(all.offset + all.length) > layer.where.lengths[0]) return std::nullopt;
  return sys::ByteRange{static_cast<std::uint64_t>(layer.where.offsets[0]) + all.offset, all.length};
}

/// True if the request adds `elements` contiguous elements of `type` to one state.
bool adds_run(const ReduceRequest& request, std::uint64_t elements, DType type) {
  if (request.outputs != 1 || request.spec.type != type || request.dims.size() != 1) return false;
  const ReduceDim& dim = request.dims[0];
  return dim.count == elements && dim.source_step == 1 && dim.output_step == 0;
}

Error not_read(const std::string& path, const char* message) {
  return {.kind = ErrorKind::io, .op = "reduce", .path = path, .message = message};
}

}  // namespace

std::shared_ptr<ReduceCached> ReduceCached::create(ReduceRequest request, const Plan& plan, std::uint64_t* state) {
  const bool has_special_options = !plan.has_default_access() || plan.consistency != Consistency::check;
  if (has_special_options || plan.masked || pool::Budget::instance().is_strict()) return nullptr;
  const auto range = find_range(plan);
  if (!range || range->length == 0 || !adds_run(request, plan.elements, plan.layers[0].stored)) return nullptr;
  // The constructor is private, so make_shared cannot call it.
  return std::shared_ptr<ReduceCached>(new ReduceCached(std::move(request), plan, *range, state));
}

ReduceCached::ReduceCached(ReduceRequest request, const Plan& plan, sys::ByteRange range, std::uint64_t* state)
    : Pieces(static_cast<std::size_t>((range.length + kPieceBytes - 1) / kPieceBytes), range.length / 4, plan.threads),
      request_(std::move(request)),
      file_(plan.layers[0].where.file),
      range_(range),
      swap_(plan.layers[0].swap),
      state_(state),
      begin_ns_(sys::monotonic_ns()) {
  ReadCounters counters;
  counters[kCacheUnknown] = 1;
  counters[kEngines] = kEnginePread;
  counters[kEngineReason] = static_cast<std::uint64_t>(EngineReason::whole_runs);
  progress_.start(counters);
}

Status ReduceCached::perform(std::size_t piece) {
  const std::uint64_t begin = piece * kPieceBytes;
  const std::uint64_t length = std::min(kPieceBytes, range_.length - begin);
  auto memory = pool::ThreadScratch::get().take(kStoredSlot, kPieceBytes);
  if (!memory.ok()) return std::move(memory).error();
  const Extent extent{.file = {.fd = file_->fd(), .path = &file_->path()},
                      .offset = range_.offset + begin,
                      .length = length,
                      .into = memory->data()};
  EngineCounters read;
  auto outcome = read_nowait(extent, file_->nowait_ok, read);
  const bool is_refused = outcome.ok() && outcome->would_block && !file_->nowait_ok;
  if (is_refused && file_->in_memory()) outcome = read_memory(extent, read);
  if (!outcome.ok()) return std::move(outcome).error();
  if (outcome->would_block) return not_read(file_->path(), "the data is not in the page cache");
  if (outcome->bytes < length) return not_read(file_->path(), "the file ends before the last element");
  const std::size_t size = dtype_size(request_.spec.type);
  if (swap_) {
    const std::size_t unit = dtype_swap_size(request_.spec.type);
    byteswap_in_place(memory->data(), length / unit, unit);
  }
  const std::array<ReduceDim, 1> run{{{.count = length / size, .source_step = 1, .output_step = 0}}};
  auto own = temporary_.take(request_);
  reduce_box(request_.spec, memory->data(), nullptr, run, own.data());
  temporary_.give_back(std::move(own));
  ReadCounters counters;
  counters.add(read);
  counters[kBytesCached] += length;
  counters[kBytesDone] += length;
  counters[kExtents]++;
  progress_.merge_thread(counters);
  return {};
}

Status ReduceCached::complete() {
  ReadCounters counters;
  POSIXPAR_RETURN_IF_ERROR(file_->check_path(sys::monotonic_ns(), counters[kSystemCalls]));
  temporary_.merge_into(state_, request_);
  counters[kElapsedNs] = sys::monotonic_ns() - begin_ns_;
  progress_.finish(counters);
  return {};
}

}  // namespace posixpar
