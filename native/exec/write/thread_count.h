#pragma once
/// \file Decides how many threads perform a write of chunk files or shards.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "native/exec/write/context.h"

namespace posixpar {

/// Time that the threads of a write have spent, in nanoseconds, summed over the threads.
struct WriteTimes {
  std::uint64_t busy_ns = 0;    ///< Gathering, encoding, decoding, and copying to the page cache.
  std::uint64_t waited_ns = 0;  ///< Waiting for the storage: synchronizing files and reading chunks that are edited.
  std::uint64_t tasks = 0;      ///< Number of tasks that these times are about.

  static WriteTimes of(const WriteCounters& total, std::uint64_t tasks);
};

/// Threads that are available to a write.
struct WriteWidth {
  unsigned computing = 1;  ///< Number of threads that may compute at the same time.
  unsigned widest = 1;     ///< Maximum number of threads, at least `computing`.

  /// The threads of the pool. \param limit  maximum number of threads; 0 for no limit.
  static WriteWidth of_pool(unsigned limit);
};

/// Returns the number of threads with which a write begins, before anything was measured.
/// \param encodes  true if chunks are encoded. \param waits  true if files are synchronized.
unsigned first_write_threads(const WriteWidth& width, bool encodes, bool waits);

/// Returns the number of threads that keep the processor busy while the others wait for the storage. More threads make
/// an encoding write slower: each has its own buffers, which displace each other in the caches of the processor, and
/// threads that wait for ComputeGate wake up late.
/// \param first  result of first_write_threads(), and the result if fewer than `computing` tasks have ended, because
/// their times say too little. If it is larger than `computing`, because the write synchronizes files, there are at
/// least two threads per computing one: while one waits for the storage, the other computes.
/// \returns a number from `computing` to `widest`.
unsigned wanted_write_threads(const WriteTimes& times, const WriteWidth& width, unsigned first);

/// Number of copies of a job (pool::Job), each on its own thread, adapted to the times that it takes. Thread-safe.
class AdaptiveCopies {
 public:
  /// \returns the number of copies to submit. Call it before they run. \param tasks  number of tasks of the job.
  unsigned begin(const WriteWidth& width, unsigned first, std::size_t tasks);
  /// Adapts the number of copies. A copy calls it after each of its tasks.
  /// \param may_add  true if there is work for further copies.
  /// \param submit  submits one further copy. \returns false if it cannot; then the job goes on with fewer copies.
  /// \returns false if the calling copy must end. At least one copy goes on.
  bool adapt(const WriteTimes& times, bool may_add, const std::function<bool()>& submit);

 private:
  WriteWidth width_;
  unsigned first_ = 1;
  std::atomic<unsigned> copies_{0};
};

}  // namespace posixpar
