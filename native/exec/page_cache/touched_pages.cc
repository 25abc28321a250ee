#include "native/exec/page_cache/touched_pages.h"

#include <array>

#include "native/sys/storage.h"

namespace posixpar {
namespace {

/// Maximum number of ranges and pages of an extent that are recorded or checked. A read of more pages would take too
/// long on the JavaScript thread, because of cache misses, even if all of them are in memory.
constexpr std::uint64_t kMaxRanges = 64;
constexpr std::uint64_t kMaxPages = 1024;

/// Calls `visit(begin, end)` for each range of the file whose pages all contain selected elements of the extent. Stops
/// when `visit` returns false. \returns false if it stopped, or if there are too many ranges or pages.
template <typename Visit>
bool visit_touched_ranges(std::uint64_t begin, const ChunkExtent& extent, std::size_t element_size, Visit visit) {
  const std::uint64_t page = sys::page_size();
  // Counts and steps of the dimensions whose positions have gaps of at least a page.
  std::array<std::uint64_t, kMaxRank> count;
  std::array<std::uint64_t, kMaxRank> step;
  std::size_t outer = 0;
  std::uint64_t span = element_size;
  std::uint64_t ranges = 1;
  for (std::size_t d = extent.rank; d-- > 0;) {
    const CopyDim& dim = extent.dims[d];
    if (dim.count == 1) continue;
    if (dim.src_index != nullptr) return false;
    const auto distance = static_cast<std::uint64_t>(dim.src_step < 0 ? -dim.src_step : dim.src_step);
    if (outer == 0 && distance < span + page) {  // Gaps are shorter than a page, so each page has an element.
      span += (dim.count - 1) * distance;
      continue;
    }
    if (dim.count > kMaxRanges / ranges) return false;
    ranges *= dim.count;
    count[outer] = dim.count;
    step[outer++] = distance;
  }
  if (span / page + 2 > kMaxPages / ranges) return false;
  for (std::uint64_t i = 0; i < ranges; i++) {
    std::uint64_t at = begin;
    std::uint64_t rest = i;
    for (std::size_t d = 0; d < outer; d++) {
      at += rest % count[d] * step[d];
      rest /= count[d];
    }
    if (!visit(at, at + span)) return false;
  }
  return true;
}

}  // namespace

void note_touched_pages(sys::Mapping& mapping, std::uint64_t begin, const ChunkExtent& extent, std::size_t element_size,
                        std::uint64_t now_ns) {
  visit_touched_ranges(begin, extent, element_size, [&](std::uint64_t from, std::uint64_t to) {
    mapping.recent_pages().note(from, to, now_ns);
    return true;
  });
}

bool touches_recent_pages(const sys::Mapping& mapping, std::uint64_t begin, const ChunkExtent& extent,
                          std::size_t element_size, std::uint64_t now_ns) {
  return visit_touched_ranges(begin, extent, element_size, [&](std::uint64_t from, std::uint64_t to) {
    return mapping.recent_pages().contains(from, to, now_ns);
  });
}

}  // namespace posixpar
