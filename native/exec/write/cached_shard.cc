#include "native/exec/write/cached_shard.h"

#include <utility>

#include "native/exec/write/chunk_edit.h"

namespace posixpar {
namespace {

Status edit_chunk(const ChunkGeometry& geometry, ShardFile& shard, DirtyChunks& cache, ChangedDirectories& changed,
                  const WriteContext& context) {
  CachedFileKey key{shard.name(), {}};
  const std::vector<ShardLayout::Dim>& dims = shard.layout().dims;
  for (std::size_t d = 0; d < dims.size(); d++) key.coordinates.push_back(geometry.coordinate(d) / dims[d].count);
  const std::uint64_t number = shard.number_of(geometry);
  auto chunk = cache.take(key, number, geometry.chunk_bytes(), context);
  if (!chunk.ok()) return std::move(chunk).error();
  const std::string path = geometry.layer().where.directory->path_of(shard.name());
  ChunkEdit edit(geometry, path, context);
  edit.begin_in(chunk->memory(), chunk->is_new());
  if (chunk->is_new() && edit.is_partial()) {
    POSIXPAR_RETURN_IF_ERROR(shard.load_old(edit, number, chunk->write_backs(), changed, context));
  }
  POSIXPAR_RETURN_IF_ERROR(edit.apply());
  chunk->commit();
  return {};
}

}  // namespace

Status cache_shard_chunk(const ChunkGeometry& geometry, ShardFile& shard, DirtyChunks& cache,
                         ChangedDirectories& changed, const WriteContext& context) {
  auto status = edit_chunk(geometry, shard, cache, changed, context);
  shard.end_chunk();
  return status;
}

}  // namespace posixpar
