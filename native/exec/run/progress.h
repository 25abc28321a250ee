#pragma once
/// \file Progress and statistics of a read.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "native/exec/run/counters.h"
#include "native/exec/run/untouched.h"

namespace posixpar {

/// Counters that all threads of a read share. Thread-safe.
class Progress {
 public:
  /// \param untouched_bytes  size of the result if it is in new memory; else 0.
  void begin(std::uint64_t untouched_bytes) { untouched_.begin(untouched_bytes); }
  void add_bytes(std::uint64_t bytes) {
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
    untouched_.touch(bytes);
  }
  void add_task(std::uint64_t chunks) {
    tasks_.fetch_add(1, std::memory_order_relaxed);
    chunks_.fetch_add(chunks, std::memory_order_relaxed);
  }
  /// Records that the caller of the read has executed `tasks` tasks before pool threads joined.
  void set_inline(std::size_t tasks, const ReadCounters& counters);
  [[nodiscard]] std::size_t tasks_done() const { return tasks_.load(std::memory_order_relaxed); }

  /// Adds the counters of the calling thread, and counts the thread as one that took part.
  void merge_thread(const ReadCounters& counters);
  /// Sets the counters with which the read starts.
  void start(const ReadCounters& counters);
  /// Adds the last counters, and sets the counters that are known only at the end of a read.
  void finish(const ReadCounters& counters);
  void set(StatWord word, std::uint64_t value);
  /// Ends the count of untouched bytes.
  void end() { untouched_.end(); }

  /// Writes the statistics to `words`, which are indexed by StatWord. Before the end of the read, only kBytesDone and
  /// kChunksDone are up to date: the other counters of a thread are added when it stops or yields.
  void write(std::span<double> words) const;

 private:
  std::atomic<std::size_t> tasks_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> chunks_{0};
  UntouchedBytes untouched_;
  mutable std::mutex mutex_;              // Guards the members below.
  std::vector<std::thread::id> threads_;  // Threads that took part in the read.
  ReadCounters total_;
};

}  // namespace posixpar
