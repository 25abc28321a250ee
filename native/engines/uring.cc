#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "native/engines/drop_behind.h"
#include "native/engines/engine.h"
#include "native/engines/progress.h"
#include "native/sys/clock.h"
#include "native/sys/file_cache.h"
#include "native/sys/hooks.h"
#include "native/sys/ring.h"

namespace posixpar {
namespace {

/// Maximum number of extents in flight of a channel.
constexpr unsigned kDeepest = 4096;

/// The io_uring instance of a thread. The first read of the thread creates it. It is kept for later reads, because
/// creating it takes longer than a small read.
struct KeptRing {
  std::unique_ptr<sys::Ring> ring;
  unsigned entries = 0;
};

KeptRing& kept_ring() {
  thread_local KeptRing kept;
  return kept;
}

/// Keeps many reads of one thread in flight and submits them together.
class UringChannel final : public Channel {
 public:
  explicit UringChannel(const ChannelOptions& options)
      : depth_(std::clamp(options.depth, 1U, kDeepest)), drop_behind_(options), slots_(depth_) {
    for (unsigned i = 0; i < depth_; i++) free_.push_back(depth_ - 1 - i);
    KeptRing& kept = kept_ring();
    if (kept.entries >= depth_) ring_ = std::move(kept.ring);
    entries_ = kept.entries;
    if (ring_ == nullptr) {
      entries_ = depth_;
      auto made = sys::Ring::create(2 * depth_);  // Opening and reading a file takes two entries.
      if (made.ok())
        ring_ = std::move(*made);
      else
        fallback_ = engine(EngineKind::pread).open(options);
    }
    calls_before_ = ring_ ? ring_->system_calls() : 0;
    // Files that the ring opens have no descriptor in this process. Drop-behind and read-ahead would need one.
    const bool by_place = options.opens && options.cache == CachePolicy::keep && options.ahead_bytes == 0;
    opens_ = by_place && ring_ && ring_->make_places(entries_);
    if (!ring_) return;
    // If the ring opens files, larger batches are better, because each file takes two entries.
    ring_->batch_by(std::max(1U, opens_ ? depth_ / 4 : depth_ / 16));
    if (!options.memory.empty()) {
      fixes_ = !opens_ && ring_->make_places(entries_);  // If the ring opens files, it needs all places for them.
      ring_->fix_memory(options.memory);
    }
  }
  ~UringChannel() override {
    if (!ring_ || ring_->broken()) return;
    ring_->release_memory();
    ring_->clear_places();
    kept_ring() = {std::move(ring_), entries_};
  }
  UringChannel(const UringChannel&) = delete;
  UringChannel& operator=(const UringChannel&) = delete;

  [[nodiscard]] unsigned depth() const override { return fallback_ ? 1 : depth_; }

  [[nodiscard]] bool replaced() const override { return fallback_ != nullptr || refused_; }
  [[nodiscard]] bool opens() const override { return opens_; }
  [[nodiscard]] std::uint64_t reports(const Extent& extent) const override {
    return fallback_ ? fallback_->reports(extent) : kEngineUring | (extent.file.direct() ? kEngineDirect : 0);
  }

  void start(std::uint64_t tag, const Extent& extent) override {
    if (fallback_) return fallback_->start(tag, extent);
    const unsigned index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.tag = tag;
    slot.is_open = false;
    slot.tries = 0;
    slot.wait = extent.file.name == nullptr ? sys::Wait::yes : sys::Wait::no;
    auto begun = slot.read.begin(extent);
    if (!begun.ok()) {
      end(index, std::move(begun).error());
      return;
    }
    if (drop_behind_.drops(extent)) slot.uncached = drop_behind_.uncached(extent, counters_);
    drop_behind_.ask_ahead(extent, counters_);
    if (extent.length == 0) {
      end(index, std::uint64_t{0});
      return;
    }
    queue(index);
  }

  Done next() override {
    if (fallback_) {
      Done done = fallback_->next();
      counters_ = fallback_->counters();
      return done;
    }
    const std::uint64_t begin_ns = sys::monotonic_ns();
    while (ended_.empty()) {
      reap();
    }
    counters_.wait_ns += sys::monotonic_ns() - begin_ns;
    counters_.system_calls += ring_->system_calls() - calls_before_;
    calls_before_ = ring_->system_calls();
    Done done = std::move(ended_.back());
    ended_.pop_back();
    return done;
  }

 private:
  struct Slot {
    std::uint64_t tag = 0;
    ExtentRead read;
    DropBehind::Ranges uncached;
    std::uint64_t most = ~std::uint64_t{0};  // Limit of the result of the next call. Only tests set it.
    // True if the ring has opened the file. The file is then in the place with the index of this slot
    // (Ring::make_places()).
    bool is_open = false;
    unsigned tries = 0;  // How often an open was repeated for lack of descriptors, or a read because of EAGAIN.
    sys::Wait wait = sys::Wait::yes;
    sys::Keep keep = sys::Keep::yes;  // Page-cache flag of the call in flight.
  };

  void reap() {
    const auto reaped = ring_->reap();
    const auto index = static_cast<unsigned>(reaped.tag & ~sys::Ring::kOpening);
    const Extent& extent = slots_[index].read.extent();
    if (reaped.refused) {
      refused_ = true;
      return read_by_pread(index);
    }
    if ((reaped.tag & sys::Ring::kOpening) != 0) {
      const bool no_room = reaped.result == -EMFILE || reaped.result == -ENFILE;
      const bool again = no_room && slots_[index].tries++ == 0 && sys::FileCache::instance().drop_idle() > 0;
      if (reaped.result == -EINTR || again) return queue(index);
      return end(index, not_opened(extent, -reaped.result));
    }
    if (must_block(index, reaped.result)) {
      return block(index);
    }
    take(index, reaped.result);
  }

  /// Applies injected faults, then queues the next call of the slot.
  void queue(unsigned index) {
    Slot& slot = slots_[index];
    const Extent& extent = slot.read.extent();
    const bool opening = extent.file.name != nullptr && !slot.is_open;
    if (refused_) return read_by_pread(index);
    if (opening) {
      if (blocking_) return block(index);
      while (const auto fault = sys::consult_faults(sys::Op::open, *extent.file.path)) {
        if (fault->action == sys::FaultAction::error)
          return end(index, not_opened(extent, static_cast<int>(fault->value)));
        if (fault->action != sys::FaultAction::eintr) break;
      }
    }
    const auto pieces = slot.read.pieces();
    std::size_t length = 0;
    for (const iovec& piece : pieces) length += piece.iov_len;
    if (const auto fault = sys::consult_faults(sys::Op::pread, *extent.file.path, slot.read.offset(), length,
                                               slot.wait == sys::Wait::yes)) {
      if (fault->action == sys::FaultAction::cold) return take(index, -EAGAIN);
      if (fault->action == sys::FaultAction::error) {
        const int error_number = static_cast<int>(fault->value);
        if (slot.wait == sys::Wait::no && sys::refuses_nowait(error_number)) return block(index);
        // After several EAGAIN errors, reads by a blocking call instead.
        if (error_number == EAGAIN && slot.tries++ > 2) return block(index);
        return take(index, -error_number);
      }
      if (fault->action == sys::FaultAction::eintr) return take(index, -EINTR);
      if (fault->action == sys::FaultAction::end) return take(index, 0);
      if (fault->action == sys::FaultAction::shorten) slot.most = std::max<std::uint64_t>(1, fault->value);
    }
    slot.keep = extent.file.direct() ? sys::Keep::yes : drop_behind_.keep();
    const sys::RingRead read{pieces.data(), static_cast<unsigned>(pieces.size()), slot.read.offset(), slot.keep,
                             slot.wait};
    const sys::RingFile file = slot.is_open ? sys::RingFile{static_cast<int>(index), true} : open_file(extent.file);
    // The ring has entries for all slots, so it should never be full. If it is, waits for a completion.
    while (!(opening ? ring_->queue_open_and_read(extent.file.directory, extent.file.name, O_RDONLY | O_NONBLOCK, index,
                                                  read, index)
                     : ring_->queue_read(file, read, index))) {
      reap();
    }
  }

  /// Returns how the ring refers to an open file: by a place in its file table (Ring::fix_file()), or by the
  /// descriptor. Only the first file with fd_outlives_chunk gets a place. Other descriptors may be closed and their
  /// numbers reused.
  sys::RingFile open_file(const ReadFile& file) {
    if (fixes_ && fixed_fd_ < 0 && file.fd_outlives_chunk) {
      fixes_ = ring_->fix_file(0, file.fd);
      if (fixes_) fixed_fd_ = file.fd;
    }
    return file.fd_outlives_chunk && file.fd == fixed_fd_ ? sys::RingFile{0, true} : sys::RingFile{file.fd, false};
  }

  static Error not_opened(const Extent& extent, int error_number) {
    return sys::io_error("open", error_number, *extent.file.path);
  }

  /// Reads the extent by blocking calls. This is necessary in three cases: the kernel does not permit this process to
  /// use the ring; the file was passed by name, so the ring must read it with RWF_NOWAIT, but this is not supported; or
  /// several calls in a row returned EAGAIN.
  Result<std::uint64_t> read_blocking(Extent extent) {
    UniqueFd own;
    if (extent.file.name != nullptr) {
      auto fd = sys::FileCache::instance().open_descriptor(extent.file.directory, extent.file.name, O_NONBLOCK,
                                                           *extent.file.path);
      counters_.system_calls++;
      if (!fd.ok()) return std::move(fd).error();
      own = std::move(*fd);
      extent.file = {.fd = own.get(), .path = extent.file.path};
    }
    const auto channel = engine(EngineKind::pread).open({});
    channel->start(0, extent);
    Done done = channel->next();
    counters_.system_calls += channel->counters().system_calls;
    counters_.bytes_read += channel->counters().bytes_read;
    counters_.bytes_direct += channel->counters().bytes_direct;
    return std::move(done.bytes);
  }

  void block(unsigned index) {
    blocking_ = blocking_ || slots_[index].wait == sys::Wait::no;
    read_by_pread(index);
  }

  void read_by_pread(unsigned index) { end(index, read_blocking(slots_[index].read.extent()), true); }

  /// Handles the result of an attempt to read a file, and returns true if the file must be read by blocking calls: if
  /// the ring cannot read it, or if several reads in a row returned EAGAIN.
  bool must_block(unsigned index, int result) {
    Slot& slot = slots_[index];
    slot.is_open = slot.read.extent().file.name != nullptr;
    if (slot.wait == sys::Wait::no && sys::refuses_nowait(-result)) return true;
    return result == -EAGAIN && slot.tries++ > 2;
  }

  /// Handles the result of one call of a slot.
  void take(unsigned index, int result) {
    Slot& slot = slots_[index];
    const Extent& extent = slot.read.extent();
    if (result == -EAGAIN) slot.wait = sys::Wait::yes;
    if (result == -EINTR || result == -EAGAIN) return queue(index);
    if (result < 0) {
      Error error = slot.read.failed(-result);
      // Calls that were queued before the policy changed still have Keep::no, so the flag of the call decides.
      if (slot.keep == sys::Keep::no && drop_behind_.refused(error, extent, counters_)) {
        slot.uncached = drop_behind_.uncached(extent, counters_);
        return queue(index);
      }
      return end(index, std::move(error));
    }
    const auto bytes = std::min<std::uint64_t>(static_cast<std::uint64_t>(result), slot.most);
    slot.most = ~std::uint64_t{0};
    counters_.bytes_read += bytes;
    if (slot.wait == sys::Wait::no) counters_.bytes_cached += bytes;
    if (extent.file.direct()) counters_.bytes_direct += bytes;
    if (!slot.read.advance(bytes)) return queue(index);
    const std::uint64_t got = slot.read.finish();
    DropBehind::drop(extent, slot.uncached, counters_);
    end(index, got);
  }

  void end(unsigned index, Result<std::uint64_t> bytes, bool blocking = false) {
    Slot& slot = slots_[index];
    ended_.push_back({slot.tag, std::move(bytes), blocking});
    slot.uncached.clear();
    free_.push_back(index);
  }

  unsigned depth_;
  DropBehind drop_behind_;
  std::unique_ptr<sys::Ring> ring_;
  unsigned entries_ = 0;
  std::uint64_t calls_before_ = 0;
  std::unique_ptr<Channel> fallback_;
  bool refused_ = false;  // True if the kernel does not permit this process to use the ring.
  bool opens_ = false;
  bool fixes_ = false;  // True if the first file with fd_outlives_chunk gets a place.
  int fixed_fd_ = -1;
  bool blocking_ = false;  // True if files that are passed by name are read by blocking calls.
  std::vector<Slot> slots_;
  std::vector<unsigned> free_;
  std::vector<Done> ended_;
};

std::unique_ptr<Channel> open_uring(const ChannelOptions& options) { return std::make_unique<UringChannel>(options); }

}  // namespace

constinit const Engine engines_detail::uring_engine = {sys::ring_available, open_uring};
constinit const Engine engines_detail::uring_direct_engine = {sys::ring_available, open_uring};

}  // namespace posixpar
