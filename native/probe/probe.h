#pragma once
/// \file The probe: threads that read blocks of a file in one way, timed call by call and accounted for thread by
/// thread.
///
/// It measures and decides nothing. Between two calls a thread takes the time, counts in a histogram of its own and
/// draws a ticket; it allocates nothing, logs nothing and shares no lock with the others.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/base/generated/names.h"
#include "native/base/result.h"
#include "native/probe/histogram.h"

namespace posixpar::probe {

struct Options {
  /// file_each: of T threads, thread i reads the files i, i + T, i + 2 T... one after the other. Otherwise the first
  /// alone.
  std::vector<std::string> paths;
  Pattern pattern = Pattern::pread_shared;
  Order order = Order::sequential;
  Access access = Access::buffered;
  Prepare prepare = Prepare::keep;
  unsigned threads = 1;
  std::size_t block_bytes = std::size_t{1} << 20;
  /// The region of each file: whole blocks, from `offset` on, which is a multiple of the block.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  /// The threads stop at the first of these two; 0: no limit. Both 0: nothing is read, only looked at.
  std::uint64_t duration_ns = 0;
  std::uint64_t operations = 0;
  /// CLOCK_MONOTONIC at which the threads start, for processes that start together; 0: at once.
  std::uint64_t start_at_ns = 0;
  std::uint64_t seed = 1;
};

/// One thread, from its first call to after its last.
struct ThreadAccount {
  std::uint64_t wall_ns = 0;
  std::uint64_t in_call_ns = 0;
  std::uint64_t cpu_ns = 0;
  std::optional<std::uint64_t> run_delay_ns;  ///< Runnable and not running.
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t operations = 0;
  std::uint64_t bytes = 0;
  std::uint64_t short_reads = 0;
  std::optional<std::uint64_t> device_bytes;
};

/// What a shared position delivered, by content: k calls must deliver the first k blocks, each once.
struct Coverage {
  std::uint64_t delivered = 0;
  std::uint64_t twice = 0;    ///< Deliveries beyond the first of a block.
  std::uint64_t lost = 0;     ///< Blocks that nobody got.
  std::uint64_t unknown = 0;  ///< Deliveries whose content is no block of the region.
  std::uint64_t passes = 0;   ///< Passes over the region, the last one maybe cut off by the time limit.
  /// Blocks whose content occurs once in the region; only they can be told apart.
  std::uint64_t distinct_blocks = 0;
  std::uint64_t blocks = 0;
};

struct Report {
  std::uint64_t started_ns = 0;  ///< CLOCK_MONOTONIC of the first call.
  std::uint64_t elapsed_ns = 0;  ///< From the first call of any thread to the end of the last.
  std::vector<ThreadAccount> threads;
  Histogram latencies;
  std::optional<Coverage> coverage;  ///< For the shared positions.
  /// Bytes of all regions in the page cache; nothing where the kernel does not tell.
  std::optional<std::uint64_t> resident_before;
  std::optional<std::uint64_t> resident_after;
  std::uint64_t region_bytes = 0;
};

/// Blocks until all threads have ended. \returns `invalid` for options that contradict themselves or the file, `io` for
/// what the system refused (EINVAL: no direct I/O), `eof` when a file ended inside the region meanwhile.
Result<Report> run(const Options& options);

}  // namespace posixpar::probe
