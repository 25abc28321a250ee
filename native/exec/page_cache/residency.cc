#include "native/exec/page_cache/residency.h"

#include <algorithm>
#include <array>

#include "native/base/checked.h"
#include "native/sys/page_cache.h"
#include "native/sys/storage.h"

namespace posixpar {
namespace {

/// Places where the residency of a selection is sampled.
constexpr std::uint64_t kSamples = 8;
/// Pages that a small read may have to be checked.
constexpr std::size_t kSmallPages = 2048;
/// Bytes of a range that are looked at, and in how many places where it is longer.
constexpr std::uint64_t kLookedAt = std::uint64_t{64} << 20;
constexpr std::uint64_t kPlaces = 64;
/// A part of all pages that is little.
constexpr std::uint64_t kLittle = 16;
/// What asking for the pages of one extent costs (docs/adr/0001-cached-data.md).
constexpr std::uint64_t kMincoreNs = 450;

/// Bytes of a file.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  [[nodiscard]] std::size_t pages(std::uint64_t page) const { return (end - begin + page - 1) / page; }
};

/// Whether every page of every extent of the (single) chunk is in memory. Needs a file whose residency may be asked.
Residency check_pages(const LayerRead& work, const ChunkGeometry& geometry, std::uint64_t chunk_offset,
                      ReadCounters& counters) {
  const std::uint64_t page = sys::page_size();
  const std::uint64_t extents = geometry.extent_count(work.level, work.block);
  if (extents > kSmallExtents) return Residency::unknown;
  std::array<Range, kSmallExtents> ranges{};
  Range cover{~std::uint64_t{0}, 0};
  std::size_t left = kSmallPages;
  for (std::uint64_t i = 0; i < extents; i++) {
    const ChunkExtent extent = geometry.extent(work.level, work.block, i);
    Range& range = ranges[i];
    range = {(chunk_offset + extent.offset) / page * page, chunk_offset + extent.offset + extent.length};
    if (range.end > work.mapping->size()) return Residency::unknown;
    const std::size_t count = range.pages(page);
    if (count > left) return Residency::unknown;
    left -= count;
    cover = {std::min(cover.begin, range.begin), std::max(cover.end, range.end)};
  }
  sys::OpenFile& file = *work.layer.where.file;
  if (extents > 1 &&
      file.surely_cached(cover.begin, cover.end - cover.begin, extents * kMincoreNs, counters[kSystemCalls])) {
    return Residency::cached;
  }
  std::array<unsigned char, kSmallPages> pages{};
  auto* base = static_cast<std::byte*>(work.mapping->address());
  for (const Range& range : std::span(ranges).first(extents)) {
    const std::size_t count = range.pages(page);
    counters[kSystemCalls]++;
    if (!sys::resident_pages(base + range.begin, range.end - range.begin, {pages.data(), count}, file.path()).ok()) {
      return Residency::unknown;
    }
    for (std::size_t p = 0; p < count; p++) {
      if ((pages[p] & 1U) == 0) return Residency::not_cached;
    }
  }
  return Residency::cached;
}

/// Samples the selection with one-byte reads that do not wait.
Residency sample(LayerRead& work, std::size_t out_size, ReadCounters& counters) {
  const PlanLayer& layer = work.layer;
  sys::OpenFile& file = *layer.where.file;
  const auto untold = [&file] { return file.in_memory() ? Residency::cached : Residency::unknown; };
  if (!file.nowait_ok.load(std::memory_order_relaxed)) return untold();
  ChunkGeometry geometry(layer, out_size);
  const std::uint64_t chunks = std::min(layer.chunk_count, kSamples);
  const std::uint64_t per_chunk = std::max<std::uint64_t>(1, kSamples / chunks);
  for (std::uint64_t c = 0; c < chunks; c++) {
    const std::uint64_t index = c * layer.chunk_count / chunks;
    if (layer.where.offsets[index] < 0) continue;
    geometry.seek(index);
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
        return untold();
      }
      if (outcome->would_block) return Residency::not_cached;
    }
  }
  return Residency::cached;
}

/// The bytes of the file from the first to the last that the chunks of a layer may need.
Range range_of(const PlanLayer& layer) {
  const Locations& where = layer.where;
  Range range{~std::uint64_t{0}, 0};
  for (std::size_t i = 0; i < where.offsets.size(); i++) {
    if (where.offsets[i] < 0) continue;
    const auto begin = static_cast<std::uint64_t>(where.offsets[i]);
    range.begin = std::min(range.begin, begin);
    range.end = std::max(range.end, begin + static_cast<std::uint64_t>(where.lengths[i]));
  }
  if (layer.partial_reads && layer.chunk_count == 1 && range.begin < range.end) {
    ChunkGeometry geometry(layer, 1);
    geometry.seek(0);
    const Needed needed = geometry.needed();
    range = {range.begin + needed.begin, range.begin + needed.end};
  }
  return range;
}

/// The pages of an open file from the first to the last byte that the chunks of a layer may need; nothing where they
/// are not in one that is open.
sys::ByteRange pages_of(const PlanLayer& layer) {
  if (layer.where.kind != Locations::Kind::open_file) return {};
  const std::uint64_t page = sys::page_size();
  const Range range = range_of(layer);
  const std::uint64_t begin = align_down(range.begin, page);
  const std::uint64_t end = align_up(std::min(range.end, layer.where.file->id().size), page);
  return begin < end ? sys::ByteRange{begin, end - begin} : sys::ByteRange{};
}

}  // namespace

/// \param small  as that of decide(): set to false where not every page is known to be in memory.
Residency residency_of(LayerRead& work, const ChunkGeometry& geometry, bool& small, std::size_t out_size,
                       ReadCounters& counters) {
  const PlanLayer& layer = work.layer;
  Residency residency = Residency::unknown;
  const bool visible =
      small && layer.chunk_count == 1 && layer.where.offsets[0] >= 0 && layer.where.file->residency_visible();
  if (visible) residency = check_pages(work, geometry, static_cast<std::uint64_t>(layer.where.offsets[0]), counters);
  small = residency == Residency::cached;
  return residency == Residency::unknown ? sample(work, out_size, counters) : residency;
}

Held held_of(const PlanLayer& layer, ReadCounters& counters) {
  const sys::ByteRange piece = pages_of(layer);
  if (piece.length == 0) return Held::unknown;
  const sys::OpenFile& file = *layer.where.file;
  const std::uint64_t page = sys::page_size();
  // This is asked on the caller's thread, and cachestat takes up to 25 ms a GiB: so of a long range in places.
  const std::uint64_t places = piece.length <= kLookedAt ? 1 : kPlaces;
  const std::uint64_t length = piece.length <= kLookedAt ? piece.length : align_down(kLookedAt / kPlaces, page);
  std::uint64_t cached = 0;
  for (std::uint64_t i = 0; i < places; i++) {
    const std::uint64_t at = align_down((piece.length - length) / std::max<std::uint64_t>(1, places - 1) * i, page);
    const auto pages = sys::cached_pages(file.fd(), piece.offset + at, length, file.path(), counters[kSystemCalls]);
    if (!pages.ok()) return Held::unknown;
    cached += *pages;
  }
  const std::uint64_t all = places * (length / page);
  if (cached >= all) return Held::everything;
  return cached <= all / kLittle ? Held::little : Held::much;
}

}  // namespace posixpar
