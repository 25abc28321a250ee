#pragma once
/// \file Lets threads write blocks to files, and measures the duration of each write.
///
/// The files must exist. Every block is written at most once. So the state of the files before the measurement
/// determines what is measured: overwriting, writing to preallocated space, filling holes, or growing.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "native/base/generated/names.h"
#include "native/base/result.h"
#include "native/probe/histogram.h"
#include "native/probe/thread_counters.h"

namespace posixpar::probe {

struct WriteOptions {
  /// If there is one path, the threads share the file, and take blocks in ascending order. Otherwise, there must be at
  /// least one path per thread: thread i of T threads writes the files i, i + T, i + 2 T, ... one after the other.
  std::vector<std::string> paths;
  Access access = Access::buffered;
  Sync sync = Sync::none;
  unsigned threads = 1;
  std::size_t block_bytes = std::size_t{1} << 20;
  /// Number of blocks to write to each file. The i-th of them is block `first_block + i * block_stride` of the file, so
  /// several processes can write different blocks of one file.
  std::uint64_t blocks = 1;
  std::uint64_t first_block = 0;
  std::uint64_t block_stride = 1;
  /// The threads stop after this time, or when all blocks are written; 0 means no limit.
  std::uint64_t duration_ns = 0;
  /// CLOCK_MONOTONIC time at which the threads start; 0 starts immediately.
  std::uint64_t start_at_ns = 0;
};

struct WriteReport {
  std::uint64_t started_ns = 0;  ///< CLOCK_MONOTONIC time of the first call.
  std::uint64_t elapsed_ns = 0;  ///< Time from the first call to the end of the last call, including Sync::end.
  std::vector<ThreadCounters> threads;
  Histogram latencies;  ///< Durations of the calls; with Sync::each, of a write and its fdatasync(2).
  /// Number of samples by wait channel (wait_sampler.h).
  std::map<std::string, std::uint64_t> waits;
};

/// Runs a measurement, and blocks until all threads have ended. In each page (4096 bytes) of a block, the first eight
/// bytes are the offset of the page in the file, so that a test can check the content.
/// \returns an error of kind `invalid` if an option is invalid, or `io` if a system call failed (with
/// EINVAL if the file system has no direct I/O).
Result<WriteReport> run_writes(const WriteOptions& options);

}  // namespace posixpar::probe
