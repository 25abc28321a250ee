#pragma once
/// \file State that the threads of a probe share: descriptors, the next block and the stop flag.
#include <atomic>
#include <barrier>
#include <cstdint>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/probe/delivery.h"
#include "native/probe/probe.h"
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
  /// Opens the shared descriptors, prepares the page cache and fingerprints the blocks.
  Status prepare();

  [[nodiscard]] const Options& options() const { return options_; }
  /// Returns the descriptor that all threads read from.
  [[nodiscard]] int shared_fd() const { return shared_.get(); }

  /// Blocks the calling thread until all threads are ready and start() has set the clock.
  void ready_and_wait();
  /// Releases the threads once all are ready, at Options::start_at_ns. `threads` is the number of threads that could be
  /// started. If it is lower than requested, the caller has set an error and the threads stop immediately.
  void start(std::size_t threads, std::uint64_t* started_ns);
  [[nodiscard]] std::uint64_t deadline_ns() const { return deadline_ns_; }

  /// Returns the offset of the next block, or nothing if the limit of operations is reached. `nth` is the number of
  /// blocks that the calling thread has read.
  std::optional<std::uint64_t> next_offset(std::uint64_t nth);

  /// Claims one call at the shared position; returns false at the end of a pass or of all operations.
  bool begin_call();
  /// Waits until all threads have ended the pass.
  /// \returns false if the limit of operations is reached.
  bool end_pass();
  /// Removes the calling thread from the barrier of end_pass().
  void leave_passes();
  /// Returns the shared position of Pattern::unlocked_shared, which no lock protects.
  std::atomic<std::uint64_t>& position() { return position_; }
  [[nodiscard]] Delivery* delivery() const { return delivery_.get(); }
  void finish_last_pass();

  void fail(Error error);
  [[nodiscard]] bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  std::optional<Error> take_error();

  /// Returns the bytes of all regions that are in the page cache.
  [[nodiscard]] std::optional<std::uint64_t> resident_bytes() const;

 private:
  struct PassEnd {
    Stage* stage;
    void operator()() noexcept { stage->rewind(); }
  };
  void rewind();
  [[nodiscard]] std::uint64_t blocks() const { return options_.length / options_.block_bytes; }
  Status warm_or_drop();

  const Options& options_;
  UniqueFd shared_;
  std::vector<UniqueFd> regions_;  // One buffered descriptor per file, for residency, warming and eviction.
  std::vector<std::uint32_t> order_;
  std::unique_ptr<Delivery> delivery_;
  std::latch ready_;
  std::latch go_;
  std::barrier<PassEnd> pass_;
  std::uint64_t deadline_ns_ = 0;
  // Each counter has its own cache line to avoid false sharing.
  alignas(64) std::atomic<std::uint64_t> issued_ = 0;
  alignas(64) std::atomic<std::uint64_t> calls_of_pass_ = 0;
  std::uint64_t calls_before_ = 0;
  alignas(64) std::atomic<std::uint64_t> position_ = 0;
  alignas(64) std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace posixpar::probe
