#include "native/pool/chunk_cache.h"

#include <chrono>
#include <list>
#include <unordered_map>
#include <utility>

namespace posixpar::pool {
namespace {

/// Maximum time until a thread in Flight::wait() notices that it was cancelled.
constexpr auto kCancelPoll = std::chrono::milliseconds(10);

/// Allocates the memory of chunks. It keeps no freed buffers, because counters() would not include them.
BufferPool& chunk_memory() {
  static auto& memory = *new BufferPool(0);
  return memory;
}

bool is_equal(const ChunkKey& a, const ChunkKey& b) {
  return a.device == b.device && a.inode == b.inode && a.file_bytes == b.file_bytes && a.mtime_ns == b.mtime_ns &&
         a.ctime_ns == b.ctime_ns && a.offset == b.offset && a.stored_bytes == b.stored_bytes &&
         a.decoded_bytes == b.decoded_bytes && a.filter_mask == b.filter_mask &&
         (a.codecs == b.codecs || (a.codecs != nullptr && b.codecs != nullptr && *a.codecs == *b.codecs));
}

struct Equal {
  bool operator()(const ChunkKey& a, const ChunkKey& b) const { return is_equal(a, b); }
};

struct Hash {
  std::size_t operator()(const ChunkKey& key) const {
    // Most chunks of a cache differ in the inode or the offset, so the hash need not include all members.
    std::uint64_t hash = 0;
    for (const std::uint64_t word : {key.device, key.inode, key.offset, static_cast<std::uint64_t>(key.mtime_ns),
                                     key.decoded_bytes, std::uint64_t{key.filter_mask}}) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
      hash ^= hash >> 32U;
    }
    return hash;
  }
};

}  // namespace

struct ChunkCache::Shared {
  using Order = std::list<const ChunkKey*>;  // Front: the most recently used chunk.
  /// A chunk, or the flight of a chunk that a thread is decoding.
  struct Entry {
    std::shared_ptr<const Chunk> chunk;
    std::shared_ptr<Flight> flight;
    Order::iterator position;  // Valid if there is a chunk.
  };
  using Entries = std::unordered_map<ChunkKey, Entry, Hash, Equal>;

  /// Removes the least recently used chunks until `bytes` more bytes fit, and counts these bytes as used. \returns
  /// false if they do not fit.
  bool reserve(std::size_t bytes);
  /// Removes all entries, and moves their chunks to `removed`, which the caller destroys after it has released the
  /// lock. Needs the lock.
  void remove_all(std::vector<std::shared_ptr<const Chunk>>& removed);

  mutable std::mutex mutex;  // Guards the members below.
  std::size_t limit = 0;
  Entries entries;
  Order order;
  std::uint64_t evictions = 0;
  /// Bytes of all chunks. Destructors of chunks change it without the lock.
  std::shared_ptr<std::atomic<std::size_t>> used = std::make_shared<std::atomic<std::size_t>>(0);
};

bool ChunkCache::Shared::reserve(std::size_t bytes) {
  for (;;) {
    std::vector<std::shared_ptr<const Chunk>> removed;  // Destroyed after the lock is released.
    const std::lock_guard lock(mutex);
    if (bytes > limit) return false;
    if (used->load(std::memory_order_acquire) <= limit - bytes) {
      used->fetch_add(bytes, std::memory_order_acq_rel);
      return true;
    }
    if (order.empty()) return false;
    const auto oldest = entries.find(*order.back());
    order.pop_back();
    removed.push_back(std::move(oldest->second.chunk));
    entries.erase(oldest);
    evictions++;
  }
}

void ChunkCache::Shared::remove_all(std::vector<std::shared_ptr<const Chunk>>& removed) {
  order.clear();
  for (auto& [key, entry] : entries) {
    if (entry.chunk != nullptr) removed.push_back(std::move(entry.chunk));
  }
  entries.clear();
}

ChunkCache::Chunk::~Chunk() {
  memory_.reset();
  used_->fetch_sub(charged_, std::memory_order_acq_rel);
}

bool ChunkCache::Flight::on_end(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  if (ended_) return false;
  callbacks_.push_back(std::move(callback));
  return true;
}

void ChunkCache::Flight::wait(const CancelToken& cancel) {
  std::unique_lock lock(mutex_);
  while (!ended_ && !cancel.cancelled()) ended_changed_.wait_for(lock, kCancelPoll);
}

void ChunkCache::Flight::end() {
  std::vector<std::function<void()>> callbacks;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    callbacks.swap(callbacks_);
    ended_changed_.notify_all();
  }
  for (const auto& callback : callbacks) callback();
}

struct ChunkCache::Claim::State {
  std::shared_ptr<Shared> cache;
  ChunkKey key;
  std::shared_ptr<Flight> flight;
  std::shared_ptr<Chunk> chunk;
  bool ended = false;

  /// Replaces the flight by the chunk if `publish` is true; else removes the flight. Then ends the flight. Does nothing
  /// to the cache if the entry was removed in the meantime.
  void end(bool publish) {
    if (std::exchange(ended, true)) return;
    {
      const std::lock_guard lock(cache->mutex);
      const auto entry = cache->entries.find(key);
      if (entry != cache->entries.end() && entry->second.flight == flight) {
        if (publish) {
          entry->second.flight = nullptr;
          entry->second.chunk = chunk;
          cache->order.push_front(&entry->first);
          entry->second.position = cache->order.begin();
        } else {
          cache->entries.erase(entry);
        }
      }
    }
    flight->end();
  }
};

ChunkCache::Claim::Claim(std::unique_ptr<State> state) : state_(std::move(state)) {}

ChunkCache::Claim& ChunkCache::Claim::operator=(Claim&& other) noexcept {
  if (this != &other) {
    if (state_ != nullptr) state_->end(false);
    state_ = std::move(other.state_);
  }
  return *this;
}

ChunkCache::Claim::~Claim() {
  if (state_ != nullptr) state_->end(false);
}

std::byte* ChunkCache::Claim::allocate() {
  const std::size_t charged = BufferPool::capacity_of(state_->key.decoded_bytes);
  if (charged == 0 || !state_->cache->reserve(charged)) return nullptr;
  auto memory = chunk_memory().acquire(state_->key.decoded_bytes);
  if (!memory.ok()) {
    state_->cache->used->fetch_sub(charged, std::memory_order_acq_rel);
    return nullptr;
  }
  state_->chunk = std::make_shared<Chunk>(std::move(*memory), charged, state_->cache->used);
  return state_->chunk->data();
}

void ChunkCache::Claim::publish() { state_->end(true); }

ChunkCache::ChunkCache(std::size_t limit_bytes) : shared_(std::make_shared<Shared>()) { shared_->limit = limit_bytes; }

ChunkCache::~ChunkCache() { disable(); }

std::shared_ptr<ChunkCache::Flight> ChunkCache::look_up(std::span<const ChunkKey> keys, WhenBusy when_busy,
                                                        std::vector<Found>& found) {
  found.clear();
  const std::lock_guard lock(shared_->mutex);
  if (when_busy == WhenBusy::report) {
    for (const ChunkKey& key : keys) {
      const auto entry = shared_->entries.find(key);
      if (entry != shared_->entries.end() && entry->second.flight != nullptr) return entry->second.flight;
    }
  }
  found.reserve(keys.size());
  for (const ChunkKey& key : keys) {
    Found& result = found.emplace_back();
    const auto [entry, is_new] = shared_->entries.try_emplace(key);
    if (entry->second.chunk != nullptr) {
      shared_->order.splice(shared_->order.begin(), shared_->order, entry->second.position);
      result.chunk = entry->second.chunk;
      continue;
    }
    // An entry that is not new has the flight of another thread, or of an equal key earlier in `keys`.
    if (!is_new) continue;
    if (BufferPool::capacity_of(key.decoded_bytes) > shared_->limit) {
      shared_->entries.erase(entry);
      continue;
    }
    entry->second.flight = std::make_shared<Flight>();
    auto state = std::make_unique<Claim::State>();
    state->cache = shared_;
    state->key = key;
    state->flight = entry->second.flight;
    result.claim = Claim(std::move(state));
  }
  return nullptr;
}

void ChunkCache::clear() {
  std::vector<std::shared_ptr<const Chunk>> removed;  // Destroyed after the lock is released.
  const std::lock_guard lock(shared_->mutex);
  shared_->remove_all(removed);
}

void ChunkCache::disable() {
  std::vector<std::shared_ptr<const Chunk>> removed;
  const std::lock_guard lock(shared_->mutex);
  shared_->limit = 0;
  shared_->remove_all(removed);
}

std::size_t ChunkCache::limit() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->limit;
}

ChunkCache::Counters ChunkCache::counters() const {
  const std::lock_guard lock(shared_->mutex);
  Counters counters;
  counters.hits = hits_.load(std::memory_order_relaxed);
  counters.misses = misses_.load(std::memory_order_relaxed);
  counters.evictions = shared_->evictions;
  counters.bytes = shared_->used->load(std::memory_order_acquire);
  counters.chunks = shared_->order.size();
  return counters;
}

}  // namespace posixpar::pool
