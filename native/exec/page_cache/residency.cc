#include "native/exec/page_cache/residency.h"

#include <algorithm>
#include <array>
#include <span>

#include "native/base/checked.h"
#include "native/sys/page_cache.h"
#include "native/sys/storage.h"

namespace posixpar {
namespace {

/// Maximum number of samples that sample_selection() takes.
constexpr std::uint64_t kSamples = 8;
/// Maximum length of an extent that is probed, in pages.
constexpr std::size_t kMaxProbedPages = 512;
/// Maximum number of bytes of a file range that are probed. If the range is longer, kWindows samples with this total
/// length are probed, at regular distances.
constexpr std::uint64_t kProbedBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kWindows = 64;
/// Residency is `low` if at most 1 / kLowDivisor of the pages are cached.
constexpr std::uint64_t kLowDivisor = 16;
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  [[nodiscard]] std::size_t pages(std::uint64_t page) const { return (end - begin + page - 1) / page; }
};

/// Returns the file range from the first to the last byte that a read of a layer may need. If no chunk exists, `begin`
/// is greater than `end`.
Range range_of(const PlanLayer& layer) {
  const Locations& where = layer.where;
  Range range{~std::uint64_t{0}, 0};
  for (std::size_t i = 0; i < where.offsets.size(); i++) {
    if (where.offsets[i] < 0) continue;
    const auto begin = static_cast<std::uint64_t>(where.offsets[i]);
    range.begin = std::min(range.begin, begin);
    range.end = std::max(range.end, begin + static_cast<std::uint64_t>(where.lengths[i]));
  }
  if (layer.partial_reads && layer.use_count() == 1 && range.begin < range.end) {
    ChunkGeometry geometry(layer, 1);
    geometry.seek(0);
    const Needed needed = geometry.needed();
    range = {range.begin + needed.begin, range.begin + needed.end};
  }
  return range;
}

/// Returns range_of(), limited to the size of the file and extended to whole pages; an empty range if the chunks are
/// not in an open file.
sys::ByteRange pages_of(const PlanLayer& layer) {
  if (layer.where.kind != Locations::Kind::open_file) return {};
  const std::uint64_t page = sys::page_size();
  const Range range = range_of(layer);
  const std::uint64_t begin = align_down(range.begin, page);
  const std::uint64_t end = align_up(std::min(range.end, layer.where.file->id().size), page);
  return begin < end ? sys::ByteRange{begin, end - begin} : sys::ByteRange{};
}

}  // namespace

Residency probe_pages(const PlanLayer& layer, const ChunkGeometry& geometry, const sys::Mapping& mapping,
                      ReadCounters& counters) {
  sys::OpenFile& file = *layer.where.file;
  if (layer.use_count() != 1 || layer.where.offsets[0] < 0 || !file.residency_visible()) return Residency::unknown;
  const auto chunk_offset = static_cast<std::uint64_t>(layer.where.offsets[0]);
  const std::uint64_t page = sys::page_size();
  const std::uint64_t extents = geometry.extent_count(layer.extent_level, layer.extent_block);
  const std::uint64_t probed = std::min(extents, kProbedExtents);
  auto* base = static_cast<std::byte*>(mapping.address());
  for (std::uint64_t i = 0; i < probed; i++) {
    const std::uint64_t index = (2 * i + 1) * extents / (2 * probed);
    const ChunkExtent extent = geometry.extent(layer.extent_level, layer.extent_block, index);
    const Range range{(chunk_offset + extent.offset) / page * page, chunk_offset + extent.offset + extent.length};
    std::array<unsigned char, kMaxProbedPages> pages{};
    const std::size_t count = range.pages(page);
    if (range.end > mapping.size() || count > pages.size()) return Residency::unknown;
    counters[kSystemCalls]++;
    if (!sys::resident_pages(base + range.begin, range.end - range.begin, {pages.data(), count}, file.path()).ok()) {
      return Residency::unknown;
    }
    const auto is_missing = [](unsigned char state) { return (state & 1U) == 0; };
    if (std::ranges::any_of(std::span(pages).first(count), is_missing)) return Residency::partial;
  }
  return Residency::full;
}

Residency sample_selection(const PlanLayer& layer, std::size_t out_size, ReadCounters& counters) {
  sys::OpenFile& file = *layer.where.file;
  const auto without_sample = [&file] { return file.in_memory() ? Residency::full : Residency::unknown; };
  if (!file.nowait_ok.load(std::memory_order_relaxed)) return without_sample();
  ChunkGeometry geometry(layer, out_size);
  const std::uint64_t chunks = std::min(layer.chunk_count, kSamples);
  const std::uint64_t per_chunk = std::max<std::uint64_t>(1, kSamples / chunks);
  for (std::uint64_t c = 0; c < chunks; c++) {
    const std::uint64_t index = c * layer.chunk_count / chunks;
    if (layer.where.offsets[index] < 0) continue;
    geometry.seek(layer.uses_of(index).begin);
    const Needed needed = geometry.needed();
    for (std::uint64_t i = 0; i < per_chunk; i++) {
      const std::uint64_t at = needed.begin + (needed.end - 1 - needed.begin) * (2 * i + 1) / (2 * per_chunk);
      std::byte one{};
      counters[kSystemCalls]++;
      auto outcome = sys::pread_once(file.fd(), &one, 1, static_cast<std::uint64_t>(layer.where.offsets[index]) + at,
                                     sys::Wait::no, file.path());
      if (!outcome.ok()) return Residency::unknown;
      if (outcome->nowait_refused) {
        file.nowait_ok.store(false, std::memory_order_relaxed);
        return without_sample();
      }
      if (outcome->would_block) return Residency::partial;
    }
  }
  return Residency::full;
}

Residency probe_file_range(const PlanLayer& layer, ReadCounters& counters) {
  const sys::ByteRange range = pages_of(layer);
  if (range.length == 0) return Residency::unknown;
  const sys::OpenFile& file = *layer.where.file;
  const std::uint64_t page = sys::page_size();
  // Probes only samples of a long range, because cachestat takes up to 25 ms per GiB and this may be the calling
  // thread.
  const std::uint64_t windows = range.length <= kProbedBytes ? 1 : kWindows;
  const std::uint64_t length = range.length <= kProbedBytes ? range.length : align_down(kProbedBytes / kWindows, page);
  std::uint64_t cached = 0;
  for (std::uint64_t i = 0; i < windows; i++) {
    const std::uint64_t at = align_down((range.length - length) / std::max<std::uint64_t>(1, windows - 1) * i, page);
    const auto pages = sys::cached_pages(file.fd(), range.offset + at, length, file.path(), counters[kSystemCalls]);
    if (!pages.ok()) return Residency::unknown;
    cached += *pages;
  }
  const std::uint64_t all = windows * (length / page);
  if (cached >= all) return Residency::full;
  return cached <= all / kLowDivisor ? Residency::low : Residency::partial;
}

}  // namespace posixpar
