#pragma once
/// \file What a read brings into the page cache beside what it reads.
#include <memory>
#include <string>
#include <vector>

#include "native/exec/stats.h"
#include "native/sys/page_cache.h"

namespace posixpar {

struct Task;
struct Work;

/// The last thing that a read does with a file which is to leave nothing in the page cache. Channels drop what they
/// read (Leave), but extents that share a page take each other's for what was there before, and the kernel reads ahead
/// also where it was told not to: a page that an earlier read left marked sets it off. So the page cache of what is
/// read, and of some way after it, is noted before the first read, and what has come in is dropped after the last. What
/// others bring in there meanwhile goes with it. Looking takes about 12 ms a GiB: not for the caller's thread.
class Sweep {
 public:
  /// Notes what is in the page cache of `pieces`. `fd` and `path` stay as long as this.
  Sweep(int fd, const std::string& path, const std::vector<sys::Piece>& pieces, Tally& tally);
  /// Drops what is there now and was not. \pre no read of this file is under way.
  void after(Tally& tally) const;

 private:
  struct Noted {
    sys::Piece pages;
    std::vector<unsigned char> cached;
  };
  /// \returns whether something was to be dropped.
  bool drop(const Noted& noted, Tally& tally) const;

  int fd_;
  const std::string* path_;
  std::vector<Noted> noted_;
};

/// What `tasks` read of an open file of `work`, number `index` among the works, with what may be read ahead behind it.
std::vector<sys::Piece> pieces_to_sweep(const std::vector<Task>& tasks, const Work& work, std::size_t index);

}  // namespace posixpar
