#pragma once
/// \file What the threads of a probe share: descriptors, the next block, the signal to stop.
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

/// Opens a path as the options say. \returns `io` with EINVAL where the file system refuses direct I/O.
Result<UniqueFd> open_block_file(const Options& options, const std::string& path);

/// Whether the threads read at one shared position, in passes over the region.
inline bool shares_position(Pattern pattern) {
  return pattern == Pattern::read_shared || pattern == Pattern::unlocked_shared;
}

class Stage {
 public:
  explicit Stage(const Options& options);
  /// Opens what is shared, prepares the cache, learns the blocks.
  Status prepare();

  [[nodiscard]] const Options& options() const { return options_; }
  /// The descriptor that all threads read from.
  [[nodiscard]] int shared_fd() const { return shared_.get(); }

  /// The threads wait here until all are ready and the clock has started.
  void ready_and_wait();
  /// Lets them go once all are ready, at Options::start_at_ns. `threads` may be fewer than the options say, when no
  /// more could be started; then the stage has failed and they stop at once.
  void start(std::size_t threads, std::uint64_t* started_ns);
  [[nodiscard]] std::uint64_t deadline_ns() const { return deadline_ns_; }

  /// The offset of the next block, the `nth` that the calling thread reads; nothing when the limit of operations is
  /// reached.
  std::optional<std::uint64_t> next_offset(std::uint64_t nth);

  /// A call at the shared position may be made; false when the pass, or all, is over.
  bool begin_call();
  /// Waits until every thread has ended the pass. \returns false when the limit of operations is reached.
  bool end_pass();
  /// The calling thread makes no further calls; the others do not wait for it.
  void leave_passes();
  /// Offset of the position that no lock protects.
  std::atomic<std::uint64_t>& position() { return position_; }
  [[nodiscard]] Delivery* delivery() const { return delivery_.get(); }
  void finish_last_pass();

  void fail(Error error);
  [[nodiscard]] bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  std::optional<Error> take_error();

  /// Bytes of all regions in the page cache.
  [[nodiscard]] std::optional<std::uint64_t> resident() const;

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
  std::vector<UniqueFd> regions_;  // Buffered, one a file: for residency, warming and dropping.
  std::vector<std::uint32_t> order_;
  std::unique_ptr<Delivery> delivery_;
  std::latch ready_;
  std::latch go_;
  std::barrier<PassEnd> pass_;
  std::uint64_t deadline_ns_ = 0;
  // Each on a line of its own: what one thread writes is not to slow down what another reads.
  alignas(64) std::atomic<std::uint64_t> issued_ = 0;
  alignas(64) std::atomic<std::uint64_t> calls_of_pass_ = 0;
  std::uint64_t calls_before_ = 0;
  alignas(64) std::atomic<std::uint64_t> position_ = 0;
  alignas(64) std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace posixpar::probe
