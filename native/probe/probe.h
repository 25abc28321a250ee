#pragma once
/// \file Lets threads read blocks of files, and measures the duration of each read call.
///
/// Between two calls, a thread reads the clock, updates its histogram and increments a shared atomic counter. If the
/// threads share one file position, it also computes a fingerprint of the block to count it (delivery.h), and waits for
/// the other threads at the end of each pass over the region. Apart from this wait, it takes no lock, and it allocates
/// no memory.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/base/generated/names.h"
#include "native/base/result.h"
#include "native/probe/histogram.h"
#include "native/probe/thread_counters.h"

namespace posixpar::probe {

struct Options {
  /// Files to read. With Pattern::file_each, thread i of T reads the files i, i + T, i + 2 T, ... one after the other.
  /// All other patterns use only the first file.
  std::vector<std::string> paths;
  Pattern pattern = Pattern::pread_shared;
  Order order = Order::sequential;
  Access access = Access::buffered;
  Prepare prepare = Prepare::keep;
  unsigned threads = 1;
  std::size_t block_bytes = std::size_t{1} << 20;
  /// Region of each file; offset and length are multiples of the block size.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  /// The threads stop at the first limit that is reached; 0 means no limit. If both are 0, run() only reports
  /// residency.
  std::uint64_t duration_ns = 0;
  std::uint64_t operations = 0;
  /// CLOCK_MONOTONIC time at which the threads start, to start several processes at the same time; 0 starts
  /// immediately.
  std::uint64_t start_at_ns = 0;
  std::uint64_t seed = 1;
};

/// Tells if reads at a shared file position returned the right blocks: k calls should return each of the first k blocks
/// once. Blocks are identified by their content.
struct Coverage {
  std::uint64_t delivered = 0;
  std::uint64_t twice = 0;    ///< Calls that returned a block which another call had already returned.
  std::uint64_t lost = 0;     ///< Blocks that no thread received.
  std::uint64_t unknown = 0;  ///< Calls that returned content which no block of the region has.
  std::uint64_t passes = 0;   ///< Number of passes over the region; the time limit may end the last pass early.
  /// Number of blocks with unique content. Only these blocks can be identified.
  std::uint64_t distinct_blocks = 0;
  std::uint64_t blocks = 0;
};

struct Report {
  std::uint64_t started_ns = 0;  ///< CLOCK_MONOTONIC time of the first call.
  std::uint64_t elapsed_ns = 0;  ///< Time from the first call of any thread to the end of the last call.
  std::vector<ThreadCounters> threads;
  Histogram latencies;
  std::optional<Coverage> coverage;  ///< Only for patterns with a shared position.
  /// Bytes of all regions in the page cache; empty if the kernel does not report residency.
  std::optional<std::uint64_t> resident_before;
  std::optional<std::uint64_t> resident_after;
  std::uint64_t region_bytes = 0;
};

/// Runs a measurement, and blocks until all threads have ended.
/// \returns an error of kind `invalid` if an option is invalid or a file does not contain the region, `io` if a system
/// call failed (with EINVAL if the file system has no direct I/O), or `eof` if a file was truncated during the
/// measurement.
Result<Report> run(const Options& options);

}  // namespace posixpar::probe
