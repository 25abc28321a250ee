#include "native/exec/write/dirty_chunks.h"

#include <algorithm>
#include <cstring>

#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/write/chunk_edit.h"
#include "native/exec/write/shard_file.h"

namespace posixpar {

bool DirtyChunks::File::is_dirty() const {
  return std::ranges::any_of(chunks, [](const auto& entry) { return entry.second.is_dirty; });
}

DirtyChunks::Lease::~Lease() {
  if (cache_ == nullptr) return;
  const std::lock_guard lock(cache_->mutex_);
  file_->users--;
  const auto found = file_->chunks.find(number_);
  if (is_new_ && found != file_->chunks.end() && !found->second.is_dirty) {
    cache_->used_ -= found->second.memory.size();
    file_->chunks.erase(found);
  }
  if (file_->users == 0) cache_->released_.notify_all();
  cache_->erase_if_empty(*file_);
}

void DirtyChunks::Lease::commit() {
  const std::lock_guard lock(cache_->mutex_);
  file_->chunks.at(number_).is_dirty = true;
}

void DirtyChunks::attach(const PlanLayer& layer, const WriteSettings& settings) {
  const std::lock_guard lock(mutex_);
  if (is_attached_) return;
  is_attached_ = true;
  layer_ = layer;
  for (PlanDim& dim : layer_.first.dims) {
    dim.segments.clear();
    dim.from.clear();
    dim.out.clear();
  }
  settings_ = settings;
}

Result<DirtyChunks::Lease> DirtyChunks::take(const CachedFileKey& key, std::uint64_t number, std::uint64_t bytes,
                                             const WriteContext& context) {
  Lock lock(mutex_);
  File& file = open(lock, key);
  file.users++;
  by_use_.erase(file.last_use);
  file.last_use = ++clock_;
  by_use_.emplace(file.last_use, &file);
  const auto found = file.chunks.find(number);
  if (found != file.chunks.end()) return Lease(*this, file, number, found->second.memory.span(), false);
  auto status = make_room(lock, bytes, context);
  if (status.ok()) {
    auto memory = pool::BufferPool::instance().acquire(bytes);
    if (memory.ok()) {
      Chunk& chunk = file.chunks[number];
      chunk.memory = std::move(*memory);
      used_ += bytes;
      return Lease(*this, file, number, chunk.memory.span(), true);
    }
    status = std::move(memory).error();
  }
  file.users--;
  erase_if_empty(file);
  return std::move(status).error();
}

DirtyChunks::File& DirtyChunks::open(Lock& lock, const CachedFileKey& key) {
  for (;;) {
    auto& file = files_[key.name];
    if (file == nullptr) {
      file = std::make_unique<File>();
      file->key = key;
    }
    if (!file->is_busy) return *file;
    released_.wait(lock);
  }
}

void DirtyChunks::erase(File& file) {
  for (const auto& [number, chunk] : file.chunks) used_ -= chunk.memory.size();
  by_use_.erase(file.last_use);
  files_.erase(std::string(file.key.name));
}

void DirtyChunks::erase_if_empty(File& file) {
  if (file.users == 0 && !file.is_busy && file.chunks.empty()) erase(file);
}

Status DirtyChunks::make_room(Lock& lock, std::uint64_t bytes, const WriteContext& context) {
  while (used_ + bytes > limit_) {
    const auto oldest = std::ranges::find_if(
        by_use_, [](const auto& entry) { return entry.second->users == 0 && !entry.second->is_busy; });
    if (oldest == by_use_.end()) return {};
    File& file = *oldest->second;
    POSIXPAR_RETURN_IF_ERROR(write_back(lock, file, context.counters, context.gate));
    erase(file);
  }
  return {};
}

Status DirtyChunks::write_back(Lock& lock, File& file, WriteCounters& counters, const GateAccess& gate) {
  std::vector<std::uint64_t> dirty;
  for (const auto& [number, chunk] : file.chunks) {
    if (chunk.is_dirty) dirty.push_back(number);
  }
  if (dirty.empty()) return {};
  file.is_busy = true;
  lock.unlock();
  const WriteContext context{no_plan_, settings_, nullptr, counters, gate};
  auto status = settings_.shards ? store_shard(file, dirty, context) : store(file, dirty, context);
  lock.lock();
  file.is_busy = false;
  write_backs_++;
  if (status.ok()) {
    for (const std::uint64_t number : dirty) file.chunks.at(number).is_dirty = false;
  }
  released_.notify_all();
  return status;
}

Status DirtyChunks::store(const File& file, const std::vector<std::uint64_t>& dirty, const WriteContext& context) {
  ReplacedFile replaced(*layer_.where.directory, file.key.name, changed_, context);
  auto stored = encode(file, dirty.front(), replaced.path(), context);
  if (!stored.ok()) return std::move(stored).error();
  if (!*stored) return replaced.remove();
  return replaced.replace({&**stored, 1});
}

Status DirtyChunks::store_shard(const File& file, const std::vector<std::uint64_t>& dirty,
                                const WriteContext& context) {
  ShardFile shard(layer_, *settings_.shards, file.key.name, dirty.size(), false);
  // Reserves nothing: the thread may hold a reservation already, and must not wait for another one.
  const auto no_reservation = [](std::uint64_t) { return Result<pool::Reservation>(pool::Reservation()); };
  POSIXPAR_RETURN_IF_ERROR(shard.prepare(no_reservation, 1, changed_, context));
  const std::string path = layer_.where.directory->path_of(file.key.name);
  for (const std::uint64_t number : dirty) {
    auto stored = encode(file, number, path, context);
    if (!stored.ok()) return std::move(stored).error();
    POSIXPAR_RETURN_IF_ERROR(shard.add(number, *stored, changed_, context));
  }
  return {};
}

Result<std::optional<Bytes>> DirtyChunks::encode(const File& file, std::uint64_t number, const std::string& path,
                                                 const WriteContext& context) const {
  const Bytes decoded = file.chunks.at(number).memory.span();
  // Encoding changes the memory, but the chunk stays in the cache.
  auto memory = pool::ThreadScratch::get().take(kDecodedSlot, std::max<std::size_t>(1, decoded.size()));
  if (!memory.ok()) return std::move(memory).error();
  const ComputeHold hold(context.gate);
  std::memcpy(memory->data(), decoded.data(), decoded.size());
  return encode_chunk(memory->first(decoded.size()), layer_, path, context);
}

std::vector<std::string> DirtyChunks::dirty_files(const std::vector<CoordinateRange>& ranges) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, file] : files_) {
    const std::vector<std::uint64_t>& at = file->key.coordinates;
    bool is_inside = true;
    for (std::size_t d = 0; d < std::min(ranges.size(), at.size()); d++) {
      is_inside &= ranges[d].low <= at[d] && at[d] <= ranges[d].high;
    }
    // Includes files that another thread is writing back, because they stay dirty if that fails.
    if (is_inside && file->is_dirty()) names.push_back(name);
  }
  return names;
}

std::uint64_t DirtyChunks::write_back_memory(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  if (!is_attached_) return 0;
  std::uint64_t bytes = chunk_edit_memory(layer_);
  const auto found = files_.find(name);
  if (found == files_.end() || !settings_.shards) return bytes;
  // The encoded chunks of a shard are in memory until the shard is written.
  for (const auto& [number, chunk] : found->second->chunks) bytes += chunk.is_dirty ? chunk.memory.size() : 0;
  return bytes;
}

Status DirtyChunks::write_back(const std::string& name, WriteCounters& counters, const GateAccess& gate) {
  Lock lock(mutex_);
  for (;;) {
    const auto found = files_.find(name);
    if (found == files_.end()) return {};
    if (found->second->users == 0 && !found->second->is_busy) return write_back(lock, *found->second, counters, gate);
    released_.wait(lock);
  }
}

Status DirtyChunks::sync(WriteCounters& counters) {
  Lock lock(mutex_);
  if (!is_attached_ || settings_.durability != Durability::full) return {};
  lock.unlock();
  return changed_.drain(*layer_.where.directory, counters[kWriteSystemCalls]);
}

std::uint64_t DirtyChunks::device() const {
  const std::lock_guard lock(mutex_);
  return is_attached_ ? layer_.where.directory->device() : 0;
}

bool DirtyChunks::synchronizes() const {
  const std::lock_guard lock(mutex_);
  return settings_.durability != Durability::none;
}

bool DirtyChunks::encodes() const {
  const std::lock_guard lock(mutex_);
  return layer_.chain != nullptr;
}

std::uint64_t DirtyChunks::used_bytes() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

}  // namespace posixpar
