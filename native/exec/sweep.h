#pragma once
/// \file What a read brings into the page cache beside what it reads.
#include <string>
#include <vector>

#include "native/exec/stats.h"
#include "native/sys/page_cache.h"

namespace posixpar {

/// The last thing that a read does with a file which is to leave nothing in the page cache. Channels drop what they
/// read (Leave), but extents that share a page take each other's for what was there before, and the kernel reads ahead
/// also where it was told not to: a page that an earlier read left marked sets it off. So what is not there in the
/// range of the read, and some way after it, is noted before the first read and dropped after the last.
class Sweep {
 public:
  /// Notes what is not in the page cache of `pages`. `fd` and `path` stay as long as this.
  Sweep(int fd, const std::string& path, sys::Piece pages, Tally& tally);
  /// Drops it. \pre no read of this file is under way.
  void after(Tally& tally) const;

 private:
  /// \returns whether nothing of it is left, or nothing can be done.
  bool drop(const sys::Piece& piece, Tally& tally) const;

  int fd_;
  const std::string* path_;
  std::vector<sys::Piece> uncached_;
};

}  // namespace posixpar
