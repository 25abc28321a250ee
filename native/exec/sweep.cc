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
constexpr int kTries = 3;

}  // namespace

Sweep::Sweep(int fd, const std::string& path, sys::Piece pages, Tally& tally) : fd_(fd), path_(&path) {
  if (pages.length == 0 || pages.length > kLongest) return;
  // Behind the end of the file nothing is cached, and dropping that does nothing.
  auto uncached = sys::uncached_pieces(fd, pages.offset, pages.length + kAhead, path, tally[kSystemCalls]);
  // Where nobody can tell what was there before, nothing is dropped.
  if (uncached.ok()) uncached_ = std::move(*uncached);
}

void Sweep::after(Tally& tally) const {
  std::vector<sys::Piece> left = uncached_;
  // Pages that are still on their way can't be dropped; they are given a little time.
  for (int tries = 0; tries < kTries && !left.empty(); tries++) {
    if (tries > 0) sys::pause_ns(kPauseNs);
    std::erase_if(left, [&](const sys::Piece& piece) { return drop(piece, tally); });
  }
}

bool Sweep::drop(const sys::Piece& piece, Tally& tally) const {
  tally[kSystemCalls]++;
  const auto status = sys::advise_file(fd_, piece.offset, piece.length, POSIX_FADV_DONTNEED, *path_);
  if (!status.ok()) return true;
  const auto left = sys::cached_pages(fd_, piece.offset, piece.length, *path_, tally[kSystemCalls]);
  return !left.ok() || *left == 0;
}

}  // namespace posixpar
