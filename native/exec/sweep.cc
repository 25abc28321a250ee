#include "native/exec/sweep.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "native/base/checked.h"
#include "native/exec/geometry.h"
#include "native/exec/work.h"
#include "native/sys/clock.h"
#include "native/sys/storage.h"

namespace posixpar {
namespace {

/// The kernel may read so far ahead: twice the largest window that is usual.
constexpr std::uint64_t kAhead = std::uint64_t{16} << 20;
/// Longer pieces are not looked at: it would take 200 ms.
constexpr std::uint64_t kLongest = std::uint64_t{16} << 30;
/// Of a task with more spans the range from the first to the last is looked at.
constexpr std::uint32_t kSpans = 256;
constexpr std::uint64_t kPauseNs = 1'000'000;
constexpr int kTries = 3;

/// Adds [begin, end) and what may be read ahead, to the last piece where they touch.
void add(std::vector<sys::Piece>& pieces, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t page = sys::page_size();
  const std::uint64_t from = align_down(begin, page);
  const std::uint64_t to = align_up(end, page) + kAhead;
  if (!pieces.empty()) {
    sys::Piece& last = pieces.back();
    if (from >= last.offset && from <= last.offset + last.length) {
      last.length = std::max(last.length, to - last.offset);
      return;
    }
  }
  pieces.push_back({from, to - from});
}

}  // namespace

Sweep::Sweep(int fd, const std::string& path, const std::vector<sys::Piece>& pieces, Tally& tally)
    : fd_(fd), path_(&path) {
  for (const sys::Piece& pages : pieces) {
    if (pages.length == 0 || pages.length > kLongest) continue;
    // Where nobody can tell what was there before, nothing is dropped.
    auto cached = sys::page_map(fd, pages.offset, pages.length, path, tally[kSystemCalls]);
    if (cached.ok()) noted_.push_back({pages, std::move(*cached)});
  }
}

void Sweep::after(Tally& tally) const {
  std::vector<const Noted*> left;
  for (const Noted& noted : noted_) left.push_back(&noted);
  // Pages that are still on their way can't be dropped; they are given a little time.
  for (int tries = 0; tries < kTries && !left.empty(); tries++) {
    if (tries > 0) sys::pause_ns(kPauseNs);
    std::erase_if(left, [&](const Noted* noted) { return !drop(*noted, tally); });
  }
}

bool Sweep::drop(const Noted& noted, Tally& tally) const {
  const auto now = sys::page_map(fd_, noted.pages.offset, noted.pages.length, *path_, tally[kSystemCalls]);
  if (!now.ok()) return false;
  const std::uint64_t page = sys::page_size();
  const auto is_new = [&](std::size_t p) { return (*now)[p] != 0 && noted.cached[p] == 0; };
  bool found = false;
  for (std::size_t p = 0; p < now->size(); p++) {
    if (!is_new(p)) continue;
    found = true;
    const std::size_t first = p;
    while (p + 1 < now->size() && is_new(p + 1)) p++;
    tally[kSystemCalls]++;
    const auto status =
        sys::advise_file(fd_, noted.pages.offset + first * page, (p + 1 - first) * page, POSIX_FADV_DONTNEED, *path_);
    if (!status.ok()) return false;
  }
  return found;
}

std::vector<sys::Piece> pieces_to_sweep(const std::vector<Task>& tasks, const Work& work, std::size_t index) {
  const Locations& where = work.layer.where;
  std::vector<sys::Piece> pieces;
  if (where.kind != Locations::Kind::open_file) return pieces;
  ChunkGeometry geometry(work.layer, 1);
  for (const Task& task : tasks) {
    if (task.work != index) continue;
    if (work.mode == Mode::whole) {
      const bool grouped = !where.group_starts.empty();
      const std::uint64_t stop = grouped ? where.group_starts[task.chunk + 1] : task.chunk + 1;
      for (std::uint64_t k = grouped ? where.group_starts[task.chunk] : task.chunk; k < stop; k++) {
        const std::uint64_t chunk = grouped ? where.order[k] : k;
        if (where.offsets[chunk] < 0) continue;
        const auto begin = static_cast<std::uint64_t>(where.offsets[chunk]);
        add(pieces, begin, begin + static_cast<std::uint64_t>(where.lengths[chunk]));
      }
    } else if (work.mode == Mode::spans && where.offsets[task.chunk] >= 0) {
      const auto base = static_cast<std::uint64_t>(where.offsets[task.chunk]);
      geometry.seek(task.chunk);
      const std::uint32_t step = task.count <= kSpans ? 1 : task.count - 1;
      std::uint64_t from = base + geometry.span(work.level, work.block, task.begin).offset;
      for (std::uint32_t s = 0; s < task.count; s += step) {
        const Span span = geometry.span(work.level, work.block, task.begin + s);
        if (step == 1) from = base + span.offset;
        add(pieces, from, base + span.offset + span.length);
      }
    }
  }
  return pieces;
}

}  // namespace posixpar
