#pragma once
/// \file Keeps decoded chunks in memory, for later reads of the same chunks.
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "native/pool/buffers.h"
#include "native/pool/cancel.h"

namespace posixpar::pool {

/// Identifies a decoded chunk: the state of its file, its location in the file, and the codecs that decode it. Equal
/// keys mean equal decoded bytes.
struct ChunkKey {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t file_bytes = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t offset = 0;
  std::uint64_t stored_bytes = 0;  ///< 0 if the chunk extends to the end of the file.
  std::uint64_t decoded_bytes = 0;
  std::uint32_t filter_mask = 0;
  std::shared_ptr<const std::string> codecs;  ///< CodecChain::identity()
};

/// A least-recently-used cache of decoded chunks. If several threads need the same chunk, one of them decodes it for
/// the cache. The others wait, come back later, or decode it for themselves (WhenBusy). Thread-safe.
class ChunkCache {
 public:
  struct Counters {
    /// Memory of the chunks in the cache, of removed chunks from which a thread still copies, and of chunks that a
    /// thread decodes for the cache.
    std::uint64_t bytes = 0;
    std::uint64_t chunks = 0;     ///< Number of chunks that look_up() can find.
    std::uint64_t hits = 0;       ///< Number of calls of count_hit().
    std::uint64_t misses = 0;     ///< Number of calls of count_miss().
    std::uint64_t evictions = 0;  ///< Number of chunks that were removed to make room for others.
  };

  /// A decoded chunk.
  class Chunk {
   public:
    Chunk(Buffer memory, std::size_t charged, std::shared_ptr<std::atomic<std::size_t>> used)
        : memory_(std::move(memory)), charged_(charged), used_(std::move(used)) {}
    Chunk(const Chunk&) = delete;
    Chunk& operator=(const Chunk&) = delete;
    ~Chunk();
    [[nodiscard]] std::byte* data() const { return memory_.data(); }

   private:
    Buffer memory_;
    std::size_t charged_;
    std::shared_ptr<std::atomic<std::size_t>> used_;  // Bytes of all chunks of the cache.
  };

  /// A chunk that a thread is decoding. Other threads can wait until that has ended.
  class Flight {
   public:
    /// Calls `callback` once when the thread has published the chunk or given up. The callback runs on that thread.
    /// \returns false if this has already happened; then `callback` is not called.
    bool on_end(std::function<void()> callback);
    /// Blocks until the thread has published the chunk or given up, or `cancel` was raised.
    void wait(const CancelToken& cancel);

   private:
    friend class ChunkCache;
    void end();
    std::mutex mutex_;
    std::condition_variable ended_changed_;
    bool ended_ = false;
    std::vector<std::function<void()>> callbacks_;
  };

  /// The right to decode a chunk that is not in the cache. The destructor gives up the right, so that another thread
  /// can decode the chunk.
  class Claim {
   public:
    Claim(Claim&&) noexcept = default;
    Claim& operator=(Claim&& other) noexcept;
    ~Claim();
    /// Returns memory for the decoded bytes (ChunkKey::decoded_bytes), valid as long as the claim exists. \returns null
    /// if the cache has no room, because threads still copy from removed chunks or decode other chunks, or if no memory
    /// is available.
    std::byte* allocate();
    /// Inserts the chunk. \pre allocate() has returned memory, and it is filled.
    void publish();

   private:
    friend class ChunkCache;
    struct State;
    explicit Claim(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;  // Empty after a move.
  };

  /// A chunk that was found, or a claim to decode it. If neither is set, the caller decodes the chunk without caching
  /// it.
  struct Found {
    std::shared_ptr<const Chunk> chunk;
    std::optional<Claim> claim;
  };

  explicit ChunkCache(std::size_t limit_bytes);
  ChunkCache(const ChunkCache&) = delete;
  ChunkCache& operator=(const ChunkCache&) = delete;
  ~ChunkCache();

  /// Treatment of chunks that another thread is decoding.
  enum class WhenBusy : std::uint8_t {
    report,     ///< look_up() claims nothing and returns the flight of the first such chunk.
    not_found,  ///< Chunks that another thread is decoding count as not found, and get no claim.
  };
  /// Looks up chunks, and claims the chunks that are not in the cache. With WhenBusy::report, claims all of these
  /// chunks at once or none, so threads that wait for each other's chunks cannot block each other. `found` gets one
  /// entry per key.
  /// \returns a flight only for WhenBusy::report.
  std::shared_ptr<Flight> look_up(std::span<const ChunkKey> keys, WhenBusy when_busy, std::vector<Found>& found);
  /// Counts a chunk that was found and used.
  void count_hit() { hits_.fetch_add(1, std::memory_order_relaxed); }
  /// Counts a chunk that was not found, or not looked up because it must not be cached.
  void count_miss() { misses_.fetch_add(1, std::memory_order_relaxed); }

  /// Removes all chunks. Chunks that are being decoded now will not be inserted.
  void clear();
  /// Removes all chunks and inserts none from now on.
  void disable();
  [[nodiscard]] std::size_t limit() const;
  [[nodiscard]] Counters counters() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
};

}  // namespace posixpar::pool
