#include "native/exec/chunk/chunk_source.h"

#include <fcntl.h>

#include <cerrno>
#include <string_view>

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

OpenChunk ChunkSource::place_of(std::uint64_t index, const ChunkGeometry& geometry) const {
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
  OpenChunk chunk = place_of(index, geometry);
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
