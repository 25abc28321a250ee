/// \file Which way a read goes: what is known before it starts decides lanes, threads and channels.
#include <algorithm>

#include "native/exec/run/read.h"
#include "native/pool/thread_pool.h"
#include "native/sys/ring.h"

namespace posixpar {
namespace {

/// Files of which it is worth while to open many by one system call, and their most decoded bytes.
constexpr std::size_t kBatchFiles = 32;
constexpr std::uint64_t kBatchFileBytes = std::uint64_t{128} << 10;
/// The result is pinned once for all reads past the page cache (Ring::fix_memory) when they are many and short, and it
/// is not so large that pinning it would take longer than it saves.
constexpr std::uint64_t kPinnedExtents = 256;
constexpr std::uint64_t kPinnedExtentBytes = std::uint64_t{64} << 10;
constexpr std::uint64_t kPinnedBytes = std::uint64_t{256} << 20;
/// Tasks of a read that is handed to the I/O lane at once when a sample of it is not in the page cache.
constexpr std::size_t kShortTasks = 16;

/// A read that is to leave nothing in the page cache goes past it from so many bytes on, in runs of so many: O_DIRECT
/// has a price of its own (docs/adr/0003-engines.md).
constexpr std::uint64_t kPastCacheBytes = std::uint64_t{8} << 20;
constexpr std::uint64_t kPastCacheRun = std::uint64_t{64} << 10;

struct IoEstimate {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

/// What is read of a layer in an open file; of many chunks in parts, as if all were like the first.
IoEstimate estimate_io(const LayerRead& work) {
  const Locations& where = work.layer.where;
  IoEstimate all;
  if (work.mode == Mode::whole) {
    for (std::size_t i = 0; i < where.offsets.size(); i++) {
      if (where.offsets[i] >= 0) all.bytes += static_cast<std::uint64_t>(where.lengths[i]);
    }
    all.count = where.extent_starts.empty() ? work.layer.chunk_count : where.extent_starts.size() - 1;
  } else if (work.mode == Mode::extents) {
    ChunkGeometry geometry(work.layer, 1);
    geometry.seek(0);
    all.count = geometry.extent_count(work.level, work.block) * work.layer.chunk_count;
    all.bytes = geometry.extent(work.level, work.block, 0).length * all.count;
  }
  return all;
}

/// Of a chunk.
std::uint64_t decoded_bytes(const PlanLayer& layer) {
  std::uint64_t bytes = dtype_size(layer.stored);
  for (const PlanDim& dim : layer.dims) bytes *= dim.chunk_shape;
  return bytes;
}

}  // namespace

std::uint64_t scratch_bytes(const LayerRead& work) {
  if (work.mode != Mode::whole) return std::uint64_t{1} << 20;
  // What is stored may be a little longer than what is decoded, and is asked for with room for that.
  const std::uint64_t decoded = decoded_bytes(work.layer);
  return decoded + std::max(work.max_stored_bytes, decoded + decoded / 16 + 4096);
}

bool Read::is_batched() const {
  const bool plain = plan_.engine == EngineKind::automatic && plan_.cache == CachePolicy::keep &&
                     plan_.readahead == Readahead::kernel && !plan_.prefill;
  if (!plain || tasks_.size() < kBatchFiles) return false;
  std::uint64_t chunks = 0;
  for (const auto& work : layers_) {
    if (work->mode != Mode::extents && work->mode != Mode::whole) return false;
    if (!work->source.opens_each() || decoded_bytes(work->layer) > kBatchFileBytes) return false;
    chunks += work->layer.chunk_count;
  }
  return chunks == tasks_.size() && sys::ring_available().ok();
}

bool Read::is_cold() const {
  if (plan_.waits() || tasks_.size() > kShortTasks) return false;
  return !layers_.empty() && std::all_of(layers_.begin(), layers_.end(),
                                         [](const auto& work) { return work->reason == EngineReason::not_cached; });
}

bool Read::must_not_populate_cache() const {
  if (!plan_.drops_cache() || plan_.waits()) return false;
  return std::any_of(layers_.begin(), layers_.end(), [](const auto& work) {
    const bool reads = work->mode == Mode::whole || work->mode == Mode::extents;
    return reads && work->held != Held::everything;
  });
}

bool Read::prefers_direct_io() const {
  if (plan_.engine != EngineKind::automatic || plan_.readahead != Readahead::kernel) return false;
  std::uint64_t bytes = 0;
  std::uint64_t runs = 0;
  for (const auto& work : layers_) {
    if (work->mode == Mode::fill) continue;
    if (work->held != Held::little) return false;
    const IoEstimate all = estimate_io(*work);
    bytes += all.bytes;
    runs += all.count;
  }
  return bytes >= kPastCacheBytes && bytes / runs >= kPastCacheRun;
}

unsigned Read::wanted_threads() const {
  const unsigned width = pool::ThreadPool::instance().width(pool::Lane::compute);
  const std::size_t limit = plan_.threads == 0 ? width : std::min<std::size_t>(plan_.threads, width);
  std::size_t useful = tasks_.size();
  if (plan_.prefill)
    useful = std::max<std::size_t>(useful, plan_.elements * dtype_size(plan_.out_type) / Prefill::kPieceBytes);
  return static_cast<unsigned>(std::clamp<std::size_t>(useful, 1, std::max<std::size_t>(1, limit)));
}

unsigned Read::waiting_threads() const {
  const auto& pool = pool::ThreadPool::instance();
  // A ring has many reads under way from one thread; the others have one each.
  const pool::Lane lane = by_uring() ? pool::Lane::compute : pool::Lane::io;
  const std::size_t most = plan_.threads == 0 ? pool.width(lane) : std::min(plan_.threads, pool.width(pool::Lane::io));
  return static_cast<unsigned>(std::clamp<std::size_t>(tasks_.size(), 1, std::max<std::size_t>(1, most)));
}

std::span<std::byte> Read::pinned_memory() const {
  std::uint64_t extents = 0;
  for (const Task& task : tasks_) extents += task.count;
  const std::uint64_t bytes = plan_.elements * dtype_size(plan_.out_type);
  const bool worthwhile = extents >= kPinnedExtents && bytes / extents <= kPinnedExtentBytes && bytes <= kPinnedBytes;
  return worthwhile ? std::span(target_, bytes) : std::span<std::byte>{};
}

ChannelOptions Read::channel_options(unsigned threads) const {
  constexpr unsigned kDefaultDepth = 64;
  ChannelOptions options;
  const unsigned depth = plan_.queue_depth == 0 ? kDefaultDepth : plan_.queue_depth;
  options.depth = std::max(1U, depth / std::max(1U, threads));
  options.cache = plan_.cache;
  if (plan_.readahead == Readahead::bytes) options.ahead_bytes = plan_.ahead_bytes;
  for (const auto& work : layers_) options.opens = options.opens || work->source.opens_each();
  if (plan_.engine == EngineKind::uring_direct && !options.opens) options.memory = pinned_memory();
  return options;
}

std::unique_ptr<Channel> Read::open_channel() const {
  EngineKind kind = plan_.engine;
  // A mapping serves what is cached; a channel reads what is not.
  if (kind == EngineKind::automatic || kind == EngineKind::mmap)
    kind = batched_ ? EngineKind::uring : EngineKind::pread;
  return engine(kind).open(channel_options(waits() ? waiting_threads() : 1));
}

}  // namespace posixpar
