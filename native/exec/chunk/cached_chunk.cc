#include "native/exec/chunk/cached_chunk.h"

#include "native/sys/clock.h"
#include "native/sys/open_file.h"

namespace posixpar {
namespace {

/// For this time after a change of a file, its chunks are not cached. Kernels advance file times in steps of up to 10
/// ms. So a second change within one step may leave the times as they are, and the cache would not notice it.
constexpr std::int64_t kTimeStepNs = 20'000'000;

bool changed_recently(const sys::FileId& file) {
  const auto now_ns = static_cast<std::int64_t>(sys::realtime_ns());
  return file.ctime_ns > now_ns - kTimeStepNs;
}

}  // namespace

Result<std::optional<sys::FileId>> cacheable_state(const OpenChunk& chunk, const Locations& where,
                                                   ReadCounters& counters) {
  if (chunk.inline_bytes != nullptr || chunk.fd < 0) return std::optional<sys::FileId>();
  if (where.kind == Locations::Kind::open_file) {
    const sys::FileId& file = where.file->id();
    return changed_recently(file) ? std::nullopt : std::optional(file);
  }
  counters[kSystemCalls]++;
  auto file = sys::stat_fd(chunk.fd, chunk.file_path());
  if (!file.ok()) return std::move(file).error();
  return changed_recently(*file) ? std::nullopt : std::optional(*file);
}

pool::ChunkKey chunk_key(const OpenChunk& chunk, const sys::FileId& file, std::uint64_t decoded_bytes,
                         const PlanLayer& layer) {
  return {.device = file.device,
          .inode = file.inode,
          .file_bytes = file.size,
          .mtime_ns = file.mtime_ns,
          .ctime_ns = file.ctime_ns,
          .offset = chunk.offset,
          .stored_bytes = chunk.length.value_or(0),
          .decoded_bytes = decoded_bytes,
          .filter_mask = chunk.filter_mask,
          .codecs = layer.chain->identity()};
}

void publish_chunk(const CacheFill& fill, const OpenChunk& chunk, ReadCounters& counters) {
  counters[kSystemCalls]++;
  const auto file = sys::stat_fd(chunk.fd, chunk.file_path());
  if (file.ok() && *file == fill.file) fill.claim.publish();
}

}  // namespace posixpar
