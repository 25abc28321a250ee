#include "native/exec/run/read_box.h"

#include <memory>
#include <utility>

#include "native/base/checked.h"
#include "native/base/generated/wire.h"
#include "native/engines/engine.h"
#include "native/exec/page_cache/slow_faults.h"
#include "native/exec/page_cache/touched_pages.h"
#include "native/sys/clock.h"

namespace posixpar {
namespace {

/// Maximum size of a box, as for other reads on the calling thread (strategy/facts.cc).
constexpr std::uint64_t kMaxBytes = std::uint64_t{128} << 10;
/// Maximum number of runs that are read by one system call each. It is faster to copy more runs from a mapping.
constexpr std::uint64_t kMaxCalls = 4;

/// Returns `word` as an integer from `least` on; nothing if it is something else.
std::optional<std::uint64_t> whole(double word, std::uint64_t least) {
  constexpr double kLimit = 9007199254740992.0;
  if (!(word >= static_cast<double>(least) && word < kLimit)) return std::nullopt;
  const auto value = static_cast<std::uint64_t>(word);
  return static_cast<double>(value) == word ? std::optional(value) : std::nullopt;
}

/// The box as an extent that begins at its first byte. Its elements are the runs.
ChunkExtent extent_of(const FileBox& box) {
  ChunkExtent extent;
  extent.length = box.end - box.begin;
  extent.rank = box.rank;
  for (std::uint32_t d = 0; d < box.rank; d++) extent.dims[d] = box.dims[d];
  return extent;
}

bool read_runs(sys::OpenFile& file, const FileBox& box, std::byte* target, ReadCounters& counters) {
  if (!file.nowait_ok.load(std::memory_order_relaxed)) return false;
  EngineCounters engine;
  for (std::uint64_t i = 0; i < box.runs; i++) {
    std::uint64_t rest = i;
    std::uint64_t offset = box.begin;
    for (std::uint32_t d = box.rank; d-- > 0;) {
      offset += rest % box.dims[d].count * static_cast<std::uint64_t>(box.dims[d].src_step);
      rest /= box.dims[d].count;
    }
    const Extent run{.file = {.fd = file.fd(), .path = &file.path()},
                     .offset = offset,
                     .length = box.run_bytes,
                     .into = target + i * box.run_bytes};
    const auto outcome = read_nowait(run, file.nowait_ok, engine);
    if (!outcome.ok() || outcome->would_block || outcome->bytes < box.run_bytes) return false;
  }
  counters.add(engine);
  counters[kBytesCached] = engine.bytes_read;
  counters[kExtents] = box.runs;
  counters[kEngines] = kEnginePread;
  counters[kEngineReason] = static_cast<std::uint64_t>(EngineReason::whole_runs);
  return true;
}

bool gather_runs(sys::OpenFile& file, const FileBox& box, std::byte* target, std::uint64_t now_ns,
                 ReadCounters& counters) {
  const auto mapping = file.existing_mapping();
  if (mapping == nullptr || box.end > mapping->size()) return false;
  ChunkExtent extent = extent_of(box);
  const auto run_bytes = static_cast<std::size_t>(box.run_bytes);
  if (!touches_recent_pages(*mapping, box.begin, extent, run_bytes, now_ns)) return false;
  const sys::MappedAccess access(mapping, file.fd());
  std::array<CopyDim, kMaxRank + 1> dims;
  for (std::uint32_t d = 0; d < box.rank; d++) dims[d] = box.dims[d];
  dims[box.rank] = {.count = box.run_bytes, .src_step = 1, .dst_step = 1};
  const auto copied =
      copy_nd(access.bytes().data() + box.begin, target, std::span(dims).first(box.rank + 1), Conversion{});
  if (!copied.ok() || access.faulted()) return false;
  note_touched_pages(*mapping, box.begin, extent, run_bytes, now_ns);
  distrust_after_slow_fault(*mapping, now_ns);
  counters[kBytesMapped] = counters[kBytesRead] = counters[kBytesCached] = box.bytes();
  counters[kExtents] = 1;
  counters[kEngines] = kEngineMmap;
  counters[kEngineReason] = static_cast<std::uint64_t>(EngineReason::sparse_cached);
  return true;
}

}  // namespace

std::optional<FileBox> decode_box(std::span<const double> words) {
  if (words.size() < wire::kBoxWords) return std::nullopt;
  const auto rank = whole(words[wire::kBoxDims], 0);
  const auto element = whole(words[wire::kBoxElementBytes], 1);
  const auto data = whole(words[wire::kBoxDataOffset], 0);
  const auto size = whole(words[wire::kBoxDataBytes], 0);
  if (!rank || !element || !data || !size || *rank >= kMaxRank) return std::nullopt;
  if (words.size() < wire::kBoxWords + *rank * wire::kBoxDimWords) return std::nullopt;
  FileBox box;
  std::array<CopyDim, kMaxRank> inner_first;
  std::uint64_t offset = 0;
  std::uint64_t reach = *element;  // Bytes from the first to the end of the last selected element.
  std::uint64_t stride = *element;
  box.run_bytes = *element;
  for (auto d = static_cast<std::size_t>(*rank); d-- > 0;) {
    const auto dim = words.subspan(wire::kBoxWords + d * wire::kBoxDimWords, wire::kBoxDimWords);
    const auto length = whole(dim[wire::kBoxLength], 1);
    const auto start = whole(dim[wire::kBoxStart], 0);
    const auto step = whole(dim[wire::kBoxStep], 1);
    const auto count = whole(dim[wire::kBoxCount], 1);
    if (!length || !start || !step || !count || *start >= *length || *count > *length) return std::nullopt;
    const auto span = checked_mul(*count - 1, *step);
    const auto next = checked_mul(stride, *length);
    if (!span || *span >= *length - *start || !next || *next > *size) return std::nullopt;
    // No product overflows from here on, because all positions are below `*next`.
    offset += *start * stride;
    reach += *span * stride;
    const std::uint64_t distance = *step * stride;
    stride = *next;
    if (*count == 1) continue;
    if (box.rank == 0 && distance == box.run_bytes) {
      box.run_bytes *= *count;
    } else {
      inner_first[box.rank++] = {.count = *count,
                                 .src_step = static_cast<std::int64_t>(distance),
                                 .dst_step = static_cast<std::int64_t>(box.bytes())};
      box.runs *= *count;
    }
    if (box.bytes() > kMaxBytes) return std::nullopt;
  }
  for (std::uint32_t d = 0; d < box.rank; d++) box.dims[d] = inner_first[box.rank - 1 - d];
  if (box.bytes() > kMaxBytes || offset + reach > *size) return std::nullopt;
  const auto end = checked_add(*data, *size);
  if (!end) return std::nullopt;
  box.begin = *data + offset;
  box.end = box.begin + reach;
  return box;
}

bool read_box(sys::OpenFile& file, const FileBox& box, std::byte* target, ReadCounters& counters) {
  const std::uint64_t begin_ns = sys::monotonic_ns();
  if (!file.path_is_fresh(begin_ns) || box.end > file.id().size) return false;
  const bool done = box.runs <= kMaxCalls ? read_runs(file, box, target, counters)
                                          : gather_runs(file, box, target, begin_ns, counters);
  if (!done || !file.surely_unchanged(counters[kSystemCalls])) return false;
  counters[kBytesDone] = box.bytes();
  counters[kChunksDone] = 1;
  counters[kThreadsUsed] = 1;
  counters[kOnCaller] = 1;
  counters[kCacheUnknown] = 1;
  counters[kElapsedNs] = sys::monotonic_ns() - begin_ns;
  return true;
}

}  // namespace posixpar
