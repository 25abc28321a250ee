#include <fcntl.h>

#include <vector>

#include "native/engines/drop_behind.h"
#include "native/engines/engine.h"
#include "native/engines/progress.h"
#include "native/sys/clock.h"

namespace posixpar {
namespace {

/// Reads by blocking preadv(2) calls. If a descriptor was opened with O_DIRECT, the calls bypass the page cache.
class PreadChannel final : public SyncChannel {
 public:
  explicit PreadChannel(const ChannelOptions& options) : drop_behind_(options) {}

 protected:
  Result<std::uint64_t> read(const Extent& extent) override {
    const std::uint64_t begin_ns = sys::monotonic_ns();
    ExtentRead progress;
    POSIXPAR_RETURN_IF_ERROR(progress.begin(extent));
    drop_behind_.before(extent, counters_);
    for (bool finished = extent.length == 0; !finished;) {
      counters_.system_calls++;
      const sys::Keep keep = extent.file.direct() ? sys::Keep::yes : drop_behind_.keep();
      auto outcome = sys::preadv_once(extent.file.fd, progress.pieces(), progress.offset(), sys::Wait::yes,
                                      *extent.file.path, keep);
      if (!outcome.ok()) {
        if (keep == sys::Keep::no && drop_behind_.refused(outcome.error(), extent, counters_)) continue;
        return outcome.error().kind == ErrorKind::io ? progress.failed(outcome.error().sys_errno) : outcome.error();
      }
      counters_.bytes_read += outcome->bytes;
      if (extent.file.direct()) counters_.bytes_direct += outcome->bytes;
      finished = progress.advance(outcome->bytes);
    }
    const std::uint64_t bytes = progress.finish();
    drop_behind_.after(extent, counters_);
    counters_.wait_ns += sys::monotonic_ns() - begin_ns;
    return bytes;
  }

 private:
  DropBehind drop_behind_;
};

std::unique_ptr<Channel> open_pread(const ChannelOptions& options) { return std::make_unique<PreadChannel>(options); }

/// Reads an extent with as many calls as necessary. The outcome is `would_block` if a call would have to wait. Sets
/// `refused` if the file system does not support RWF_NOWAIT.
Result<NowaitOutcome> read_calls(const Extent& extent, sys::Wait wait, bool& refused, EngineCounters& counters) {
  NowaitOutcome outcome{.bytes = 0, .would_block = true};
  while (outcome.bytes < extent.length) {
    const auto length =
        static_cast<std::size_t>(std::min<std::uint64_t>(extent.length - outcome.bytes, sys::kMaxTransfer));
    counters.system_calls++;
    auto got = sys::pread_once(extent.file.fd, extent.into + outcome.bytes, length, extent.offset + outcome.bytes, wait,
                               *extent.file.path);
    if (!got.ok()) return std::move(got).error();
    refused = got->nowait_refused;
    if (got->nowait_refused || got->would_block) return outcome;
    if (got->bytes == 0) break;
    outcome.bytes += got->bytes;
  }
  counters.bytes_read += outcome.bytes;
  outcome.would_block = false;
  return outcome;
}

}  // namespace

Result<NowaitOutcome> read_nowait(const Extent& extent, std::atomic<bool>& nowait_ok, EngineCounters& counters) {
  if (!nowait_ok.load(std::memory_order_relaxed)) return NowaitOutcome{.bytes = 0, .would_block = true};
  bool refused = false;
  auto outcome = read_calls(extent, sys::Wait::no, refused, counters);
  if (refused) nowait_ok.store(false, std::memory_order_relaxed);
  return outcome;
}

Result<NowaitOutcome> read_memory(const Extent& extent, EngineCounters& counters) {
  bool refused = false;
  return read_calls(extent, sys::Wait::yes, refused, counters);
}

constinit const Engine engines_detail::pread_engine = {always_available, open_pread};

/// Uses the same channel as the engine `pread`: only the descriptors (sys::Access::direct) and the alignment of the
/// calls (ExtentRead) differ.
constinit const Engine engines_detail::direct_engine = {always_available, open_pread};

}  // namespace posixpar
