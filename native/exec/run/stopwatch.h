#pragma once
/// \file Measures the time of a scope for the statistics.
#include "native/exec/run/counters.h"
#include "native/sys/clock.h"

namespace posixpar {

/// Adds the time between its construction and its destruction to a counter.
class Stopwatch {
 public:
  Stopwatch(ReadCounters& counters, StatWord word) : counters_(counters), word_(word), begin_(sys::monotonic_ns()) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { counters_[word_] += sys::monotonic_ns() - begin_; }

 private:
  ReadCounters& counters_;
  StatWord word_;
  std::uint64_t begin_;
};

}  // namespace posixpar
