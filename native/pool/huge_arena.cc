#include "native/pool/huge_arena.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "native/base/checked.h"
#include "native/pool/huge_pages.h"

namespace posixpar::pool {
namespace {

/// Takes `bytes` from the beginning of the first free range that is long enough. \returns the offset.
std::optional<std::size_t> take(std::map<std::size_t, std::size_t>& free, std::size_t bytes) {
  const auto found = std::find_if(free.begin(), free.end(), [bytes](const auto& one) { return one.second >= bytes; });
  if (found == free.end()) return std::nullopt;
  const auto [begin, length] = *found;
  free.erase(found);
  if (length > bytes) free.emplace(begin + bytes, length - bytes);
  return begin;
}

/// Adds a free range and merges it with adjacent free ranges.
void put(std::map<std::size_t, std::size_t>& free, std::size_t begin, std::size_t bytes) {
  auto next = free.lower_bound(begin);
  if (next != free.end() && next->first == begin + bytes) {
    bytes += next->second;
    next = free.erase(next);
  }
  if (next != free.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == begin) {
      before->second += bytes;
      return;
    }
  }
  free.emplace(begin, bytes);
}

}  // namespace

HugeArena& HugeArena::instance() {
  static auto& arena = *new HugeArena();
  return arena;
}

std::byte* HugeArena::acquire(std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  for (Chunk& chunk : chunks_) {
    if (const auto at = take(chunk.free, bytes)) return chunk.memory.get() + *at;
  }
  const std::size_t size = std::max(kChunk, align_up(bytes, kHugePage));
  if (size < bytes) return nullptr;
  Chunk chunk{sys::map_anonymous(size, kHugePage), size, {}};
  if (!chunk.memory) return nullptr;
  (void)advise_huge(chunk.memory.get(), size);
  if (size > bytes) chunk.free.emplace(bytes, size - bytes);
  chunks_.push_back(std::move(chunk));
  return chunks_.back().memory.get();
}

void HugeArena::release(std::byte* memory, std::size_t bytes) {
  sys::AnonymousMemory freed;  // Declared before the lock, so that the memory is unmapped after the lock is released.
  const std::scoped_lock lock(mutex_);
  const auto chunk = std::find_if(chunks_.begin(), chunks_.end(), [memory](const Chunk& one) {
    return memory >= one.memory.get() && memory < one.memory.get() + one.size;
  });
  put(chunk->free, static_cast<std::size_t>(memory - chunk->memory.get()), bytes);
  if (!chunk->is_free()) return;
  const auto others = std::count_if(chunks_.begin(), chunks_.end(), [](const Chunk& one) { return one.is_free(); });
  if (chunk->size == kChunk && others == 1) return;
  freed = std::move(chunk->memory);
  chunks_.erase(chunk);
}

std::size_t HugeArena::held() const {
  const std::scoped_lock lock(mutex_);
  std::size_t total = 0;
  for (const Chunk& chunk : chunks_) total += chunk.size;
  return total;
}

}  // namespace posixpar::pool
