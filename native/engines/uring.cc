#include <algorithm>
#include <cerrno>
#include <vector>

#include "native/engines/engine.h"
#include "native/engines/leave.h"
#include "native/engines/progress.h"
#include "native/sys/clock.h"
#include "native/sys/hooks.h"
#include "native/sys/ring.h"

namespace posixpar {
namespace {

constexpr unsigned kDeepest = 4096;

/// The ring of this thread: made by its first read and kept, since making one costs more than a small read.
struct KeptRing {
  std::unique_ptr<sys::Ring> ring;
  unsigned entries = 0;
};

KeptRing& kept_ring() {
  thread_local KeptRing kept;
  return kept;
}

/// Many reads under way at once from one thread, submitted together.
class UringChannel final : public Channel {
 public:
  explicit UringChannel(const ChannelOptions& options)
      : depth_(std::clamp(options.depth, 1U, kDeepest)), leave_(options), slots_(depth_) {
    for (unsigned i = 0; i < depth_; i++) free_.push_back(depth_ - 1 - i);
    KeptRing& kept = kept_ring();
    if (kept.entries >= depth_) ring_ = std::move(kept.ring);
    entries_ = kept.entries;
    if (ring_ == nullptr) {
      entries_ = depth_;
      auto made = sys::Ring::create(depth_);
      if (made.ok())
        ring_ = std::move(*made);
      else
        fallback_ = engines_detail::open_pread(options);
    }
    calls_before_ = ring_ ? ring_->system_calls() : 0;
  }
  ~UringChannel() override {
    if (ring_ && !ring_->broken()) kept_ring() = {std::move(ring_), entries_};
  }
  UringChannel(const UringChannel&) = delete;
  UringChannel& operator=(const UringChannel&) = delete;

  [[nodiscard]] unsigned depth() const override { return fallback_ ? 1 : depth_; }

  [[nodiscard]] bool replaced() const override { return fallback_ != nullptr; }

  void start(std::uint64_t tag, const Extent& extent) override {
    if (fallback_) return fallback_->start(tag, extent);
    const unsigned index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.tag = tag;
    auto begun = slot.read.begin(extent);
    if (!begun.ok()) {
      end(index, std::move(begun).error());
      return;
    }
    if (leave_.drops(extent)) slot.uncached = leave_.uncached(extent, account_);
    if (extent.length == 0) {
      end(index, std::uint64_t{0});
      return;
    }
    queue(index);
  }

  Done next() override {
    if (fallback_) {
      Done done = fallback_->next();
      account_ = fallback_->account();
      return done;
    }
    const std::uint64_t begin_ns = sys::monotonic_ns();
    while (ended_.empty()) {
      const auto reaped = ring_->reap();
      take(static_cast<unsigned>(reaped.tag), reaped.result);
    }
    account_.wait_ns += sys::monotonic_ns() - begin_ns;
    account_.system_calls += ring_->system_calls() - calls_before_;
    calls_before_ = ring_->system_calls();
    Done done = std::move(ended_.back());
    ended_.pop_back();
    return done;
  }

 private:
  struct Slot {
    std::uint64_t tag = 0;
    ExtentRead read;
    Leave::Ranges uncached;
    std::uint64_t most = ~std::uint64_t{0};  // Bytes that the next call may deliver; less for a test.
  };

  /// Asks the test hooks, then queues the next call of the slot.
  void queue(unsigned index) {
    Slot& slot = slots_[index];
    const Extent& extent = slot.read.extent();
    const auto pieces = slot.read.pieces();
    std::size_t length = 0;
    for (const iovec& piece : pieces) length += piece.iov_len;
    if (const auto fault = sys::consult_faults(sys::Op::pread, *extent.file.path, slot.read.offset(), length)) {
      if (fault->action == sys::FaultAction::error) return take(index, -static_cast<int>(fault->value));
      if (fault->action == sys::FaultAction::eintr) return take(index, -EINTR);
      if (fault->action == sys::FaultAction::end) return take(index, 0);
      if (fault->action == sys::FaultAction::shorten) slot.most = std::max<std::uint64_t>(1, fault->value);
    }
    const sys::Keep keep = extent.file.direct() ? sys::Keep::yes : leave_.keep();
    while (!ring_->queue_read(extent.file.fd, pieces.data(), static_cast<unsigned>(pieces.size()), slot.read.offset(),
                              keep, index)) {
      // The ring has as many entries as there are slots, so it is never full; if it is, what is under way makes room.
      const auto reaped = ring_->reap();
      take(static_cast<unsigned>(reaped.tag), reaped.result);
    }
  }

  /// What one call of a slot ended with.
  void take(unsigned index, int result) {
    Slot& slot = slots_[index];
    const Extent& extent = slot.read.extent();
    if (result == -EINTR || result == -EAGAIN) return queue(index);
    if (result < 0) {
      Error error = slot.read.failed(-result);
      if (!extent.file.direct() && leave_.keep() == sys::Keep::no && leave_.refused(error, extent, account_)) {
        slot.uncached = leave_.uncached(extent, account_);
        return queue(index);
      }
      return end(index, std::move(error));
    }
    const auto bytes = std::min<std::uint64_t>(static_cast<std::uint64_t>(result), slot.most);
    slot.most = ~std::uint64_t{0};
    account_.bytes_read += bytes;
    if (extent.file.direct()) account_.bytes_direct += bytes;
    if (!slot.read.advance(bytes)) return queue(index);
    const std::uint64_t got = slot.read.finish();
    Leave::drop(extent, slot.uncached, account_);
    end(index, got);
  }

  void end(unsigned index, Result<std::uint64_t> bytes) {
    Slot& slot = slots_[index];
    ended_.push_back({slot.tag, std::move(bytes)});
    slot.uncached.clear();
    free_.push_back(index);
  }

  unsigned depth_;
  Leave leave_;
  std::unique_ptr<sys::Ring> ring_;
  unsigned entries_ = 0;
  std::uint64_t calls_before_ = 0;
  std::unique_ptr<Channel> fallback_;
  std::vector<Slot> slots_;
  std::vector<unsigned> free_;
  std::vector<Done> ended_;
};

}  // namespace

std::unique_ptr<Channel> engines_detail::open_uring(const ChannelOptions& options) {
  return std::make_unique<UringChannel>(options);
}

}  // namespace posixpar
