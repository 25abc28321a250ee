#include "native/exec/sweep.h"

#include <fcntl.h>

#include <utility>

#include "native/sys/clock.h"
#include "native/sys/storage.h"

namespace posixpar {
namespace {

/// The kernel may read so far ahead: twice the largest window that is usual.
constexpr std::uint64_t kAhead = std::uint64_t{32} << 20;
/// Longer ranges are not looked at: a byte for each page is 16 MiB then.
constexpr std::uint64_t kLongest = std::uint64_t{64} << 30;
constexpr std::uint64_t kPauseNs = 1'000'000;

}  // namespace

Sweep::Sweep(int fd, const std::string& path, sys::Piece pages, Tally& tally) : fd_(fd), path_(&path) {
  if (pages.length == 0 || pages.length > kLongest) return;
  // Behind the end of the file nothing is cached, and dropping that does nothing.
  auto uncached = sys::uncached_pieces(fd, pages.offset, pages.length + kAhead, path, tally[kSystemCalls]);
  // Where nobody can tell what was there before, nothing is dropped.
  if (uncached.ok()) uncached_ = std::move(*uncached);
}

void Sweep::after(Tally& tally) const {
  for (const sys::Piece& piece : uncached_) drop(piece, tally);
}

void Sweep::drop(const sys::Piece& piece, Tally& tally) const {
  // Pages that are still on their way can't be dropped; they are given a little time.
  constexpr int kTries = 3;
  for (int tries = 0; tries < kTries; tries++) {
    if (tries > 0) sys::pause_ns(kPauseNs);
    tally[kSystemCalls]++;
    const auto status = sys::advise_file(fd_, piece.offset, piece.length, POSIX_FADV_DONTNEED, *path_);
    if (!status.ok()) return;
    const auto left = sys::cached_pages(fd_, piece.offset, piece.length, *path_, tally[kSystemCalls]);
    if (!left.ok() || *left == 0) return;
  }
}

}  // namespace posixpar
