#include "native/exec/chunk/chunk_source.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <string_view>

#include "native/exec/plan/chunk_name.h"
#include "native/sys/file_cache.h"
#include "native/sys/storage.h"

namespace posixpar {

ChunkSource::ChunkSource(const PlanLayer& layer, sys::Access access, bool direct_io)
    : layer_(layer),
      access_(access),
      direct_io_(direct_io),
      slots_(layer.where.kind == Locations::Kind::paths && !layer.where.has_file_per_chunk() ? layer.where.paths.size()
                                                                                             : 0) {}

bool ChunkSource::in_memory() const {
  const Locations& where = layer_.where;
  if (where.kind == Locations::Kind::open_file) return where.file->in_memory();
  return where.kind == Locations::Kind::names && where.directory->in_memory();
}

bool ChunkSource::opens_each() const {
  return access_ == sys::Access::normal && !direct_io_ && layer_.where.allows_open_by_channel();
}

std::size_t ChunkSource::file_of(std::uint64_t index) const {
  const Locations& where = layer_.where;
  return where.file_index.empty() ? 0 : where.file_index[index];
}

OpenChunk ChunkSource::locate(std::uint64_t index, const ChunkGeometry& geometry) const {
  const Locations& where = layer_.where;
  OpenChunk chunk;
  chunk.absent = where.is_known_absent(index);
  if (chunk.absent) return chunk;
  chunk.nowait_ok = &nowait_ok_;
  if (where.kind == Locations::Kind::names) {
    chunk.own_path = where.directory->path_of(chunk_name(where.name, geometry));
    chunk.offset = where.data_offset;
    if (layer_.chain == nullptr) chunk.length = geometry.chunk_bytes();
    return chunk;
  }
  chunk.offset = static_cast<std::uint64_t>(where.offsets[index]);
  chunk.length = static_cast<std::uint64_t>(where.lengths[index]);
  if (!where.masks.empty()) chunk.filter_mask = where.masks[index];
  if (where.kind == Locations::Kind::open_file) {
    chunk.path = &where.file->path();
  } else if (file_of(index) == where.paths.size()) {
    chunk.inline_bytes = &where.inline_bytes;
  } else {
    chunk.path = &where.paths[file_of(index)];
  }
  return chunk;
}

OpenChunk ChunkSource::describe(std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters) const {
  const Locations& where = layer_.where;
  OpenChunk chunk = locate(index, geometry);
  if (chunk.absent) return chunk;
  counters[kOpens]++;
  const bool named = where.kind == Locations::Kind::names;
  chunk.name = named ? chunk_name(where.name, geometry) : *chunk.path;
  chunk.directory = named ? where.directory->fd() : AT_FDCWD;
  return chunk;
}

bool ChunkSource::says_absent(const Error& error) const {
  return layer_.where.kind == Locations::Kind::names && error.kind == ErrorKind::io &&
         std::string_view(error.op) == "open" && (error.sys_errno == ENOENT || error.sys_errno == ENOTDIR);
}

Result<OpenChunk> ChunkSource::open(std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters) {
  OpenChunk chunk = locate(index, geometry);
  if (chunk.absent || chunk.inline_bytes != nullptr) return chunk;
  if (layer_.where.kind == Locations::Kind::open_file)
    POSIXPAR_RETURN_IF_ERROR(open_shared(chunk, counters));
  else if (layer_.where.has_file_per_chunk())
    POSIXPAR_RETURN_IF_ERROR(open_own(chunk, index, geometry, counters));
  else
    POSIXPAR_RETURN_IF_ERROR(open_kept(chunk, index, counters));
  return chunk;
}

Status ChunkSource::open_shared(OpenChunk& chunk, ReadCounters& counters) {
  sys::OpenFile& file = *layer_.where.file;
  chunk.nowait_ok = &file.nowait_ok;
  chunk.fd = file.fd();
  chunk.fd_outlives_chunk = true;
  if (direct_io_ && !direct_refused()) {
    auto fd = file.descriptor(sys::Access::direct);
    if (fd.ok()) {
      const auto alignment = file.alignment();
      if (!alignment.ok()) return alignment.error();
      if (alignment->offset_bytes != 0) {
        chunk.direct = *alignment;
        chunk.fd = *fd;
        return {};
      }
    } else if (fd.error().sys_errno != EINVAL) {
      // Uses the open descriptor, without O_DIRECT. The path could name another file now, so it is not opened.
      not_reopened_.store(true, std::memory_order_relaxed);
    }
    // `direct_refused_` makes the statistics report that O_DIRECT is not available.
    counters[kSystemCalls]++;
    direct_refused_.store(true, std::memory_order_relaxed);
  }
  if (access_ == sys::Access::normal) return {};
  // descriptor() fails if no descriptors are left or there is no /proc. The file is then read without read-ahead
  // advice.
  const auto fd = file.descriptor(access_);
  if (fd.ok()) chunk.fd = *fd;
  return {};
}

template <typename Open>
Result<UniqueFd> ChunkSource::open_for_access(Open open, const std::string& path) {
  bool direct = direct_io_ && !direct_refused();
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  auto fd = open(O_NONBLOCK | (direct ? sys::open_flags(sys::Access::direct) : 0));
  if (direct && !fd.ok() && fd.error().sys_errno == EINVAL) {
    direct_refused_.store(true, std::memory_order_relaxed);
    direct = false;
    fd = open(O_NONBLOCK);
  }
  if (fd.ok() && !direct) sys::advise(fd->get(), access_, path);
  return fd;
}

Status ChunkSource::describe_access(OpenChunk& chunk) {
  if (!direct_io_) return {};
  // Another thread may have set direct_refused_ after this file was opened, so the flags of the descriptor decide.
  if (direct_refused() && !sys::is_direct(chunk.fd)) return {};
  const std::lock_guard lock(alignment_mutex_);
  if (!alignment_) {
    const auto asked = sys::direct_alignment(chunk.fd, chunk.file_path());
    if (!asked.ok()) return asked.error();
    alignment_ = *asked;
  }
  if (alignment_->offset_bytes != 0) chunk.direct = *alignment_;
  return {};
}

Result<UniqueFd> ChunkSource::open_path(std::size_t file, ReadCounters& counters) {
  const std::string& path = layer_.where.paths[file];
  counters[kOpens]++;
  counters[kSystemCalls]++;
  auto fd = open_for_access([&](int flags) { return sys::open_path(path, flags, layer_.where.roots.get()); }, path);
  if (layer_.where.stamps.empty()) return fd;
  if (fd.ok()) {
    const FileStamp& stamp = layer_.where.stamps[file];
    counters[kSystemCalls]++;
    const auto id = sys::stat_fd(fd->get(), path);
    if (!id.ok()) return id.error();
    // JavaScript passes times as milliseconds in a double. A tolerance of half a microsecond allows for rounding.
    const double mtime_ms = static_cast<double>(id->mtime_ns) / 1e6;
    const bool same = static_cast<double>(id->size) == stamp.size && std::abs(mtime_ms - stamp.mtime_ms) < 5e-4 &&
                      (stamp.inode < 0 || static_cast<double>(id->inode) == stamp.inode);
    if (same) return fd;
  } else if (fd.error().sys_errno != ENOENT) {
    return fd;
  }
  // The file existed when the locations of its chunks were determined, so a missing file has been changed, too.
  Error error;
  error.kind = ErrorKind::changed;
  error.op = "open";
  error.path = path;
  error.message = "the file is not the one whose index was read";
  return error;
}

Status ChunkSource::open_slot(std::size_t file, ReadCounters& counters) {
  const std::string& path = layer_.where.paths[file];
  Slot& slot = slots_[file];
  if (slot.fd.valid()) return {};
  auto fd = open_path(file, counters);
  if (!fd.ok()) return std::move(fd).error();
  counters[kSystemCalls]++;
  const auto id = sys::stat_fd(fd->get(), path);
  if (!id.ok()) return id.error();
  slot.id = *id;
  slot.fd = std::move(fd).value();
  if (slot.range.length > 0) slot.snapshot.emplace(slot.fd.get(), path, std::vector{slot.range}, counters);
  return {};
}

Status ChunkSource::take_leases(const LeaseTaker& taker, ReadCounters& counters) {
  const Locations& where = layer_.where;
  const sys::Roots* roots = where.file != nullptr ? where.file->roots() : where.roots.get();
  if (where.kind == Locations::Kind::absent) return {};
  if (where.kind == Locations::Kind::open_file) {
    const sys::OpenFile& file = *where.file;
    POSIXPAR_RETURN_IF_ERROR(taker(file.fd(), file.path(), roots));
    // A writer may have changed the file after it was opened and before the lease was taken.
    counters[kSystemCalls]++;
    return sys::unmodified(file.fd(), file.id(), file.path());
  }
  if (layer_.where.has_file_per_chunk()) {
    return Error{.kind = ErrorKind::unsupported,
                 .op = "lease",
                 .path = where.directory != nullptr ? where.directory->path() : where.paths.front(),
                 .message =
                     "consistency: 'lease' needs all files open at once, and this array has a file for each "
                     "chunk or more than " +
                     std::to_string(Locations::kMaxOpenPaths) + " files"};
  }
  for (std::size_t i = 0; i < where.offsets.size(); i++) {
    const std::size_t file = file_of(i);
    if (where.offsets[i] < 0 || file >= slots_.size()) continue;
    const std::lock_guard lock(slots_[file].mutex);
    if (slots_[file].fd.valid()) continue;
    POSIXPAR_RETURN_IF_ERROR(open_slot(file, counters));
    POSIXPAR_RETURN_IF_ERROR(taker(slots_[file].fd.get(), where.paths[file], roots));
    counters[kSystemCalls]++;
    POSIXPAR_RETURN_IF_ERROR(sys::unmodified(slots_[file].fd.get(), slots_[file].id, where.paths[file]));
  }
  return {};
}

Status ChunkSource::open_kept(OpenChunk& chunk, std::uint64_t index, ReadCounters& counters) {
  const std::size_t file = file_of(index);
  Slot& slot = slots_[file];
  const std::lock_guard lock(slot.mutex);
  POSIXPAR_RETURN_IF_ERROR(open_slot(file, counters));
  chunk.fd = slot.fd.get();
  chunk.fd_outlives_chunk = true;
  return describe_access(chunk);
}

Status ChunkSource::open_own(OpenChunk& chunk, std::uint64_t index, const ChunkGeometry& geometry,
                             ReadCounters& counters) {
  const Locations& where = layer_.where;
  Result<UniqueFd> fd = UniqueFd();
  if (where.kind == Locations::Kind::paths) {
    fd = open_path(file_of(index), counters);
  } else {
    const std::string name = chunk_name(where.name, geometry);
    counters[kOpens]++;
    counters[kSystemCalls]++;
    fd = open_for_access([&](int flags) { return where.directory->open_child(name, flags); }, name);
    if (!fd.ok() && says_absent(fd.error())) {
      chunk.absent = true;
      return {};
    }
  }
  if (!fd.ok()) return std::move(fd).error();
  auto file = std::make_shared<ChunkFile>(std::move(*fd), chunk.file_path());
  if (snapshots_) {
    constexpr std::uint64_t kToEnd = std::uint64_t{1} << 60;
    const auto on_evict = [this](const ReadCounters& evicted) {
      const std::lock_guard lock(evicted_mutex_);
      evicted_.merge(evicted);
    };
    file->snapshot_residency({chunk.offset, chunk.length.value_or(kToEnd)}, on_evict, counters);
  }
  chunk.own_file = std::move(file);
  chunk.fd = chunk.own_file->fd();
  return describe_access(chunk);
}

Result<OpenChunk> ChunkSource::open_part(std::uint64_t index, std::uint64_t use, std::uint64_t extents,
                                         const ChunkGeometry& geometry, ReadCounters& counters) {
  if (!layer_.where.has_file_per_chunk()) return open(index, geometry, counters);
  OpenChunk chunk = locate(index, geometry);
  if (chunk.absent || chunk.inline_bytes != nullptr) return chunk;
  std::shared_ptr<Shared> shared;
  {
    const std::lock_guard lock(shared_mutex_);
    auto& entry = shared_[use];
    if (entry == nullptr) {
      entry = std::make_shared<Shared>();
      entry->extents_left = extents;
    }
    shared = entry;
  }
  const std::lock_guard lock(shared->mutex);
  if (shared->asked) {
    chunk.absent = shared->absent;
    if (chunk.absent) return chunk;
    if (shared->file == nullptr) {
      POSIXPAR_RETURN_IF_ERROR(open_again(*shared, chunk, index, geometry, counters));
      return chunk;
    }
    chunk.own_file = shared->file;
    chunk.fd = chunk.own_file->fd();
    POSIXPAR_RETURN_IF_ERROR(describe_access(chunk));
    return chunk;
  }
  POSIXPAR_RETURN_IF_ERROR(open_own(chunk, index, geometry, counters));
  if (!chunk.absent) {
    counters[kSystemCalls]++;
    const auto id = sys::stat_fd(chunk.fd, chunk.file_path());
    if (!id.ok()) return id.error();
    shared->id = *id;
    shared->path = chunk.file_path();
  }
  shared->asked = true;
  shared->absent = chunk.absent;
  shared->file = chunk.own_file;
  return chunk;
}

Status ChunkSource::open_again(Shared& shared, OpenChunk& chunk, std::uint64_t index, const ChunkGeometry& geometry,
                               ReadCounters& counters) {
  POSIXPAR_RETURN_IF_ERROR(open_own(chunk, index, geometry, counters));
  if (chunk.absent) {
    return Error{.kind = ErrorKind::changed, .op = "open", .path = shared.path, .message = "the file was removed"};
  }
  counters[kSystemCalls]++;
  POSIXPAR_RETURN_IF_ERROR(sys::unmodified(chunk.fd, shared.id, shared.path));
  shared.file = chunk.own_file;
  return {};
}

void ChunkSource::close_part(std::uint64_t use) {
  std::shared_ptr<Shared> shared;
  {
    const std::lock_guard lock(shared_mutex_);
    const auto found = shared_.find(use);
    if (found == shared_.end()) return;
    shared = found->second;
  }
  std::shared_ptr<const ChunkFile> closed;
  const std::lock_guard lock(shared->mutex);
  closed.swap(shared->file);
}

Status ChunkSource::extents_done(std::uint64_t use, std::uint64_t count, const OpenChunk& chunk,
                                 ReadCounters& counters) {
  std::shared_ptr<Shared> last;
  {
    const std::lock_guard lock(shared_mutex_);
    const auto found = shared_.find(use);
    if (found == shared_.end()) return {};
    found->second->extents_left -= std::min(count, found->second->extents_left);
    if (found->second->extents_left > 0) return {};
    last = std::move(found->second);
    shared_.erase(found);
  }
  if (chunk.absent) return {};
  const std::lock_guard lock(last->mutex);
  counters[kSystemCalls]++;
  return sys::unmodified(chunk.fd, last->id, last->path);
}

Status ChunkSource::check_unchanged(ReadCounters& counters) const {
  for (std::size_t file = 0; file < slots_.size(); file++) {
    const Slot& slot = slots_[file];
    if (!slot.fd.valid()) continue;
    counters[kSystemCalls]++;
    POSIXPAR_RETURN_IF_ERROR(sys::unmodified(slot.fd.get(), slot.id, layer_.where.paths[file]));
  }
  return {};
}

void ChunkSource::snapshot_residency() {
  snapshots_ = true;
  const Locations& where = layer_.where;
  for (std::size_t i = 0; i < where.offsets.size() && !slots_.empty(); i++) {
    const std::size_t file = file_of(i);
    if (where.offsets[i] < 0 || file >= slots_.size()) continue;
    const auto begin = static_cast<std::uint64_t>(where.offsets[i]);
    sys::ByteRange& range = slots_[file].range;
    if (range.length == 0) range.offset = begin;
    const std::uint64_t end =
        std::max(range.offset + range.length, begin + static_cast<std::uint64_t>(where.lengths[i]));
    range.offset = std::min(range.offset, begin);
    range.length = end - range.offset;
  }
}

void ChunkSource::evict_added(ReadCounters& counters) const {
  for (const Slot& slot : slots_) {
    if (slot.snapshot) slot.snapshot->evict_added(counters);
  }
  const std::lock_guard lock(evicted_mutex_);
  counters.merge(evicted_);
}

}  // namespace posixpar
