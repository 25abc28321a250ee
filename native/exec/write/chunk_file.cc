#include "native/exec/write/chunk_file.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/plan/chunk_name.h"
#include "native/exec/write/chunk_edit.h"
#include "native/pool/buffers.h"
#include "native/sys/clock.h"
#include "native/sys/file.h"

namespace posixpar {
namespace {

/// Reads the stored chunk into scratch memory. \returns nothing if its file does not exist.
Result<std::optional<Bytes>> read_stored(const ChunkEdit& edit, const ReplacedFile& file, const WriteContext& context) {
  auto fd = file.open();
  if (!fd.ok()) return std::move(fd).error();
  if (!fd->valid()) return std::optional<Bytes>();
  auto id = sys::stat_fd(fd->get(), file.path());
  if (!id.ok()) return std::move(id).error();
  if (id->size > stored_limit(edit.decoded_bytes())) return edit.wrong_length(id->size, "stored");
  const auto size = static_cast<std::size_t>(id->size);
  auto memory = pool::ThreadScratch::get().take(kStoredSlot, std::max<std::size_t>(1, size));
  if (!memory.ok()) return std::move(memory).error();
  auto got = sys::pread_full(fd->get(), memory->data(), size, 0, file.path());
  if (!got.ok()) return std::move(got).error();
  context.counters[kRewriteBytesRead] += *got;
  return std::optional<Bytes>(memory->first(*got));
}

/// Loads the stored chunk if its file exists.
Status load(ChunkEdit& edit, const ReplacedFile& file, const WriteContext& context) {
  const std::uint64_t begin = sys::monotonic_ns();
  auto stored = read_stored(edit, file, context);
  context.counters.load_ns += sys::monotonic_ns() - begin;
  if (!stored.ok()) return std::move(stored).error();
  return *stored ? edit.load(**stored, 0) : Status();
}

}  // namespace

Status write_chunk_file(const ChunkGeometry& geometry, ChangedDirectories& changed, const WriteContext& context) {
  const Locations& where = geometry.layer().where;
  ReplacedFile file(*where.directory, chunk_name(where.name, geometry), changed, context);
  ChunkEdit edit(geometry, file.path(), context);
  POSIXPAR_RETURN_IF_ERROR(edit.begin());
  if (edit.is_partial()) POSIXPAR_RETURN_IF_ERROR(load(edit, file, context));
  auto stored = edit.finish();
  if (!stored.ok()) return std::move(stored).error();
  if (!*stored) return file.remove();
  return file.replace({&**stored, 1});
}

Status cache_chunk_file(const ChunkGeometry& geometry, DirtyChunks& cache, ChangedDirectories& changed,
                        const WriteContext& context) {
  const Locations& where = geometry.layer().where;
  CachedFileKey key{chunk_name(where.name, geometry), {}};
  for (std::size_t d = 0; d < geometry.layer().rank(); d++) key.coordinates.push_back(geometry.coordinate(d));
  auto chunk = cache.take(key, 0, geometry.chunk_bytes(), context);
  if (!chunk.ok()) return std::move(chunk).error();
  const ReplacedFile file(*where.directory, key.name, changed, context);
  ChunkEdit edit(geometry, file.path(), context);
  edit.begin_in(chunk->memory(), chunk->is_new());
  if (chunk->is_new() && edit.is_partial()) POSIXPAR_RETURN_IF_ERROR(load(edit, file, context));
  POSIXPAR_RETURN_IF_ERROR(edit.apply());
  chunk->commit();
  return {};
}

}  // namespace posixpar
