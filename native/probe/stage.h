#pragma once
/// \file State that the threads of a probe share: descriptors, the next block and the stop flag.
#include <atomic>
#include <barrier>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/probe/delivery.h"
#include "native/probe/probe.h"
#include "native/probe/start_gate.h"
#include "native/sys/unique_fd.h"

namespace posixpar::probe {

/// Opens a file for the access method in the options.
/// \returns an error of kind `io` with EINVAL if the file system does not support direct I/O.
Result<UniqueFd> open_block_file(const Options& options, const std::string& path);

/// Returns true if the threads share one file position. They then read the region again and again, in passes.
inline bool shares_position(Pattern pattern) {
  return pattern == Pattern::read_shared || pattern == Pattern::unlocked_shared;
}

class Stage {
 public:
  explicit Stage(const Options& options);
  /// Opens the shared descriptors and prepares the page cache. If the threads share a file position, fingerprints the
  /// blocks.
  Status prepare();

  [[nodiscard]] const Options& options() const { return options_; }
  /// Returns the descriptor from which all threads read, unless the pattern requires a descriptor per thread.
  [[nodiscard]] int shared_fd() const { return shared_.get(); }

  /// Blocks the calling thread until all threads are ready and start() has determined the start time.
  void ready_and_wait();
  /// Waits until all threads are ready and the time Options::start_at_ns has come, then lets them run. `threads` is the
  /// number of threads that could be started. If it is lower than requested, the caller must have called fail(); the
  /// threads then stop immediately.
  void start(std::size_t threads, std::uint64_t* started_ns);
  [[nodiscard]] std::uint64_t deadline_ns() const { return deadline_ns_; }

  /// Returns the offset of the next block, or nothing if the limit of operations is reached. `nth` is the number of
  /// blocks that the calling thread has read.
  std::optional<std::uint64_t> next_offset(std::uint64_t nth);

  /// Asks for permission to make one call at the shared position. \returns false at the end of a pass, or if the limit
  /// of operations is reached.
  bool begin_call();
  /// Waits until all threads have ended the pass. \returns false if the limit of operations is reached, or a thread has
  /// failed.
  bool end_pass();
  /// Removes the calling thread from the barrier of end_pass().
  void leave_passes();
  /// Returns the position that threads share with Pattern::unlocked_shared. No lock protects it.
  std::atomic<std::uint64_t>& position() { return position_; }
  [[nodiscard]] Delivery* delivery() const { return delivery_.get(); }
  /// Counts the blocks of the last pass, which may be incomplete. \pre all threads have ended.
  void finish_last_pass();

  void fail(Error error);
  [[nodiscard]] bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  std::optional<Error> take_error();

  /// Returns the number of bytes of all regions that are in the page cache; nothing if the kernel does not report it.
  [[nodiscard]] std::optional<std::uint64_t> resident_bytes() const;

 private:
  struct PassEnd {
    Stage* stage;
    void operator()() noexcept { stage->rewind(); }
  };
  /// Ends a pass: counts its blocks, and moves the shared position to the start of the region.
  void rewind();
  [[nodiscard]] std::uint64_t blocks() const { return options_.length / options_.block_bytes; }
  Status warm_or_drop();

  const Options& options_;
  UniqueFd shared_;
  // One descriptor without O_DIRECT per file, to fill, empty and inspect the page cache.
  std::vector<UniqueFd> regions_;
  std::vector<std::uint32_t> order_;
  std::unique_ptr<Delivery> delivery_;
  StartGate gate_;
  std::barrier<PassEnd> pass_;
  std::uint64_t deadline_ns_ = 0;
  // Each atomic variable is in a separate cache line to avoid false sharing.
  alignas(64) std::atomic<std::uint64_t> issued_ = 0;
  alignas(64) std::atomic<std::uint64_t> calls_of_pass_ = 0;
  std::uint64_t calls_before_ = 0;
  alignas(64) std::atomic<std::uint64_t> position_ = 0;
  alignas(64) std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace posixpar::probe
