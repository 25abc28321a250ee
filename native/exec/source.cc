#include "native/exec/source.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <string_view>

#include "native/base/checked.h"
#include "native/sys/file_cache.h"
#include "native/sys/storage.h"

namespace posixpar {
namespace {

/// Nothing has the name of the chunk, or something above it is no directory.
bool is_absence(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

}  // namespace

ChunkSource::ChunkSource(const PlanLayer& layer, sys::Access access, bool past_cache)
    : layer_(layer),
      access_(access),
      past_cache_(past_cache),
      slots_(layer.where.kind == Locations::Kind::paths && layer.where.paths.size() <= kKeptPaths
                 ? layer.where.paths.size()
                 : 0) {}

void ChunkSource::begin_sweeps() {
  const Locations& where = layer_.where;
  const std::uint64_t page = sys::page_size();
  for (std::size_t i = 0; i < where.offsets.size() && !slots_.empty(); i++) {
    const std::size_t file = where.file_index.empty() ? 0 : where.file_index[i];
    if (where.offsets[i] < 0 || file >= slots_.size()) continue;
    const auto begin = static_cast<std::uint64_t>(where.offsets[i]);
    const auto end = align_up(begin + static_cast<std::uint64_t>(where.lengths[i]), page);
    sys::Piece& pages = slots_[file].pages;
    if (pages.length == 0) pages.offset = begin;
    const std::uint64_t last = std::max(pages.offset + pages.length, end);
    pages.offset = align_down(std::min(pages.offset, begin), page);
    pages.length = last - pages.offset;
  }
}

void ChunkSource::sweep(Tally& tally) const {
  for (const Slot& slot : slots_) {
    if (slot.sweep) slot.sweep->after(tally);
  }
}

bool ChunkSource::known_absent(std::uint64_t index) const {
  switch (layer_.where.kind) {
    case Locations::Kind::absent:
      return true;
    case Locations::Kind::names:
      return false;
    case Locations::Kind::open_file:
    case Locations::Kind::paths:
      return layer_.where.offsets[index] < 0;
  }
  return true;
}

Result<OpenChunk> ChunkSource::open(std::uint64_t index, const ChunkGeometry& geometry, Tally& tally) {
  const Locations& where = layer_.where;
  OpenChunk chunk;
  chunk.absent = known_absent(index);
  if (chunk.absent) return chunk;
  if (where.kind == Locations::Kind::names) {
    POSIXPAR_RETURN_IF_ERROR(open_name(chunk, geometry, tally));
    return chunk;
  }
  chunk.offset = static_cast<std::uint64_t>(where.offsets[index]);
  chunk.length = static_cast<std::uint64_t>(where.lengths[index]);
  if (!where.masks.empty()) chunk.filter_mask = where.masks[index];
  if (where.kind == Locations::Kind::open_file)
    POSIXPAR_RETURN_IF_ERROR(open_shared(chunk, tally));
  else
    POSIXPAR_RETURN_IF_ERROR(open_path(chunk, index, tally));
  return chunk;
}

bool ChunkSource::opens_each() const {
  const Locations& where = layer_.where;
  if (access_ != sys::Access::normal || past_cache_) return false;
  if (where.kind == Locations::Kind::names) return true;
  return where.kind == Locations::Kind::paths && slots_.empty() && where.stamps.empty() && where.held.empty() &&
         where.group_starts.empty();
}

OpenChunk ChunkSource::describe(std::uint64_t index, const ChunkGeometry& geometry, Tally& tally) const {
  const Locations& where = layer_.where;
  OpenChunk chunk;
  chunk.absent = known_absent(index);
  if (chunk.absent) return chunk;
  tally[kOpens]++;
  if (where.kind == Locations::Kind::names) {
    chunk.name = chunk_name(where.name, geometry);
    chunk.directory = where.directory->fd();
    chunk.own_path = where.directory->path_of(*chunk.name);
    chunk.offset = where.data_offset;
    if (layer_.chain == nullptr) chunk.length = geometry.chunk_bytes();
    return chunk;
  }
  const std::string& path = where.paths[where.file_index.empty() ? 0 : where.file_index[index]];
  chunk.name = path;
  chunk.directory = AT_FDCWD;
  chunk.path = &path;
  chunk.offset = static_cast<std::uint64_t>(where.offsets[index]);
  chunk.length = static_cast<std::uint64_t>(where.lengths[index]);
  if (!where.masks.empty()) chunk.filter_mask = where.masks[index];
  return chunk;
}

bool ChunkSource::says_absent(const Error& error) const {
  return layer_.where.kind == Locations::Kind::names && error.kind == ErrorKind::io &&
         std::string_view(error.op) == "open" && is_absence(error.sys_errno);
}

Status ChunkSource::open_shared(OpenChunk& chunk, Tally& tally) {
  sys::OpenFile& file = *layer_.where.file;
  chunk.path = &file.path();
  chunk.nowait_ok = &file.nowait_ok;
  chunk.fd = file.fd();
  chunk.lasts = true;
  if (past_cache_ && !direct_refused()) {
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
      return std::move(fd).error();
    }
    // O_DIRECT that cannot be had is told in the account.
    tally[kSystemCalls]++;
    direct_refused_.store(true, std::memory_order_relaxed);
  }
  if (access_ == sys::Access::normal) return {};
  auto fd = file.descriptor(access_);
  if (!fd.ok()) return std::move(fd).error();
  chunk.fd = *fd;
  return {};
}

template <typename Open>
Result<UniqueFd> ChunkSource::open_for_access(Open open, const std::string& path) {
  bool direct = past_cache_ && !direct_refused();
  // O_NONBLOCK: a FIFO in the place of a chunk has no writer to wait for.
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
  if (!past_cache_) return {};
  // Another thread may have been refused after this file was opened: then the descriptor alone knows.
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

Result<OpenChunk> ChunkSource::open_part(std::uint64_t index, std::uint64_t spans, const ChunkGeometry& geometry,
                                         Tally& tally) {
  if (layer_.where.kind != Locations::Kind::names) return open(index, geometry, tally);
  std::shared_ptr<Shared> shared;
  {
    const std::lock_guard lock(shared_mutex_);
    auto& entry = shared_[index];
    if (entry == nullptr) {
      entry = std::make_shared<Shared>();
      entry->spans_left = spans;
    }
    shared = entry;
  }
  const std::lock_guard lock(shared->mutex);
  OpenChunk chunk;
  if (!shared->asked) {
    POSIXPAR_RETURN_IF_ERROR(open_name(chunk, geometry, tally));
    shared->asked = true;
    shared->absent = chunk.absent;
    shared->fd = std::move(chunk.own_fd);
    return chunk;
  }
  chunk.absent = shared->absent;
  if (chunk.absent) return chunk;
  describe_name(chunk, geometry, chunk_name(layer_.where.name, geometry), shared->fd.get());
  POSIXPAR_RETURN_IF_ERROR(describe_access(chunk));
  return chunk;
}

void ChunkSource::spans_done(std::uint64_t index, std::uint64_t count) {
  std::shared_ptr<Shared> last;  // Its file is closed after the lock is released.
  const std::lock_guard lock(shared_mutex_);
  const auto found = shared_.find(index);
  if (found == shared_.end()) return;
  found->second->spans_left -= std::min(count, found->second->spans_left);
  if (found->second->spans_left > 0) return;
  last = std::move(found->second);
  shared_.erase(found);
}

Result<UniqueFd> ChunkSource::open_file(std::size_t file, Tally& tally) {
  const std::string& path = layer_.where.paths[file];
  tally[kOpens]++;
  tally[kSystemCalls]++;
  auto fd = open_for_access(
      [&](int flags) { return sys::FileCache::instance().open_descriptor(AT_FDCWD, path.c_str(), flags, path); }, path);
  if (layer_.where.stamps.empty()) return fd;
  if (fd.ok()) {
    const FileStamp& stamp = layer_.where.stamps[file];
    tally[kSystemCalls]++;
    const auto id = sys::stat_fd(fd->get(), path);
    if (!id.ok()) return id.error();
    // Times are compared as milliseconds in a double, as JS has them; half a microsecond absorbs its rounding.
    const double mtime_ms = static_cast<double>(id->mtime_ns) / 1e6;
    const bool same = static_cast<double>(id->size) == stamp.size && std::abs(mtime_ms - stamp.mtime_ms) < 5e-4 &&
                      (stamp.inode < 0 || static_cast<double>(id->inode) == stamp.inode);
    if (same) return fd;
  } else if (fd.error().sys_errno != ENOENT) {
    return fd;
  }
  // A file that is gone was there when its index was read: that is a change, too.
  Error error;
  error.kind = ErrorKind::changed;
  error.op = "open";
  error.path = path;
  error.message = "the file is not the one whose index was read";
  return error;
}

Status ChunkSource::open_path(OpenChunk& chunk, std::uint64_t index, Tally& tally) {
  const Locations& where = layer_.where;
  const std::size_t file = where.file_index.empty() ? 0 : where.file_index[index];
  if (file == where.paths.size()) {
    chunk.held = &where.held;
    return {};
  }
  const std::string& path = where.paths[file];
  chunk.path = &path;
  chunk.nowait_ok = &nowait_ok_;
  if (slots_.empty()) {
    auto fd = open_file(file, tally);
    if (!fd.ok()) return std::move(fd).error();
    chunk.own_fd = std::move(fd).value();
    chunk.fd = chunk.own_fd.get();
    return describe_access(chunk);
  }
  Slot& slot = slots_[file];
  const std::lock_guard lock(slot.mutex);
  if (!slot.fd.valid()) {
    auto fd = open_file(file, tally);
    if (!fd.ok()) return std::move(fd).error();
    slot.fd = std::move(fd).value();
    if (slot.pages.length > 0) slot.sweep.emplace(slot.fd.get(), path, slot.pages, tally);
  }
  chunk.fd = slot.fd.get();
  chunk.lasts = true;
  return describe_access(chunk);
}

Status ChunkSource::open_name(OpenChunk& chunk, const ChunkGeometry& geometry, Tally& tally) {
  const Locations& where = layer_.where;
  const std::string name = chunk_name(where.name, geometry);
  tally[kOpens]++;
  tally[kSystemCalls]++;
  auto fd = open_for_access([&](int flags) { return where.directory->open_child(name, flags); }, name);
  if (!fd.ok()) {
    if (fd.error().kind == ErrorKind::io && is_absence(fd.error().sys_errno)) {
      chunk.absent = true;
      return {};
    }
    return std::move(fd).error();
  }
  chunk.own_fd = std::move(fd).value();
  describe_name(chunk, geometry, name, chunk.own_fd.get());
  return describe_access(chunk);
}

void ChunkSource::describe_name(OpenChunk& chunk, const ChunkGeometry& geometry, const std::string& name, int fd) {
  chunk.fd = fd;
  chunk.own_path = layer_.where.directory->path_of(name);
  chunk.offset = layer_.where.data_offset;
  chunk.nowait_ok = &nowait_ok_;
  if (layer_.chain == nullptr) chunk.length = geometry.chunk_bytes();
}

std::string chunk_name(const NameTemplate& name, const ChunkGeometry& geometry) {
  std::string text = name.literals.front();
  for (std::size_t f = 0; f < name.fields.size(); f++) {
    const std::string digits = std::to_string(geometry.coordinate(name.fields[f].dimension));
    if (digits.size() < name.fields[f].width) text.append(name.fields[f].width - digits.size(), '0');
    text += digits;
    text += name.literals[f + 1];
  }
  return text;
}

}  // namespace posixpar
