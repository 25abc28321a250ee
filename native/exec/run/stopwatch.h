#pragma once
/// \file Times a scope for the account.
#include "native/exec/run/stats.h"
#include "native/sys/clock.h"

namespace posixpar {

/// Adds the time until its end to a word of the tally.
class Stopwatch {
 public:
  Stopwatch(Tally& tally, StatWord word) : tally_(tally), word_(word), begin_(sys::monotonic_ns()) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { tally_[word_] += sys::monotonic_ns() - begin_; }

 private:
  Tally& tally_;
  StatWord word_;
  std::uint64_t begin_;
};

}  // namespace posixpar
