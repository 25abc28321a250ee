#include "native/exec/write/chunk_copy.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/plan/chunk_name.h"
#include "native/pool/buffers.h"
#include "native/sys/clock.h"
#include "native/sys/file.h"
#include "native/sys/write.h"

namespace posixpar {
namespace {

/// Maximum number of bytes that one call copies, so that a cancelled copy ends soon.
constexpr std::uint64_t kCallBytes = std::uint64_t{16} << 20;

Error chunk_error(ErrorKind kind, const OpenChunk& chunk, std::uint64_t length, std::string message) {
  Error error;
  error.kind = kind;
  error.op = "copy";
  error.path = chunk.file_path();
  error.offset = chunk.offset;
  error.length = length;
  error.message = std::move(message);
  return error;
}

}  // namespace

ChunkCopy::ChunkCopy(Plan from, std::optional<std::uint64_t> shard_index_bytes)
    : from_(std::move(from)),
      shard_index_bytes_(shard_index_bytes),
      source_(from_.layers.front(), from_.buffered_access(), false) {}

Status ChunkCopy::check(const Plan& from, const Plan& to) {
  const bool fits = from.layers.size() == 1 && to.layers.size() == 1 && from.layers[0].others.empty() &&
                    from.layers[0].chunk_count == to.layers[0].chunk_count &&
                    from.layers[0].chunk_bytes() == to.layers[0].chunk_bytes() &&
                    to.layers[0].where.kind == Locations::Kind::names;
  if (fits) return {};
  Error error;
  error.op = "copy";
  error.message = "chunks of different grids cannot be copied";
  return error;
}

Result<std::uint64_t> ChunkCopy::stored_length(const OpenChunk& chunk, const ChunkGeometry& from,
                                               const WriteContext& context) {
  const PlanLayer& layer = from_.layers.front();
  const bool is_plain = !shard_index_bytes_ && (layer.chain == nullptr || layer.chain->empty());
  if (is_plain) {
    if (!chunk.length || *chunk.length >= from.chunk_bytes()) return from.chunk_bytes();
    return chunk_error(ErrorKind::codec, chunk, *chunk.length,
                       "expected a plain chunk of " + std::to_string(from.chunk_bytes()) + " bytes, found one of " +
                           std::to_string(*chunk.length));
  }
  std::uint64_t length = chunk.length.value_or(0);
  if (layer.where.kind == Locations::Kind::names) {
    context.counters[kWriteSystemCalls]++;
    const auto id = sys::stat_fd(chunk.fd, chunk.file_path());
    if (!id.ok()) return id.error();
    if (!id->regular()) {
      return sys::io_error("pread", S_ISDIR(id->mode) ? EISDIR : ESPIPE, chunk.file_path(), chunk.offset);
    }
    length = id->size - std::min(id->size, chunk.offset);
  }
  const std::uint64_t limit = stored_limit(from.chunk_bytes());
  if (length <= limit + shard_index_bytes_.value_or(0)) return length;
  if (!shard_index_bytes_) return too_long(chunk, limit);
  return chunk_error(ErrorKind::unsupported, chunk, length, "a shard contains more unused than used bytes");
}

Status ChunkCopy::copy(std::uint64_t use, const ChunkGeometry& to, ChangedDirectories& changed,
                       const WriteContext& context) {
  const Locations& where = to.layer().where;
  ReplacedFile file(*where.directory, chunk_name(where.name, to), changed, context);
  ChunkGeometry from(from_.layers.front(), 1);
  from.seek(use);
  ReadCounters opens;
  auto found = source_.open(use, from, opens);
  context.counters[kWriteSystemCalls] += opens[kSystemCalls];
  if (!found.ok()) return std::move(found).error();
  const OpenChunk& chunk = *found;
  if (chunk.absent) {
    context.counters[kChunksOmitted]++;
    return file.remove();
  }
  if (chunk.filter_mask != 0) {
    return chunk_error(ErrorKind::unsupported, chunk, 0, "a chunk was stored without some of the codecs");
  }
  std::optional<sys::FileId> before;
  if (chunk.own_file != nullptr) {
    context.counters[kWriteSystemCalls]++;
    auto id = sys::stat_fd(chunk.fd, chunk.file_path());
    if (!id.ok()) return std::move(id).error();
    before = *id;
  }
  auto length = stored_length(chunk, from, context);
  if (!length.ok()) return std::move(length).error();
  const Range range{chunk.fd, chunk.file_path(), chunk.offset, *length};
  auto status = file.replace_by([&](int fd) -> Status {
    auto copied = [&]() -> Status {
      if (chunk.inline_bytes == nullptr) return copy_range(range, fd, file.path(), context);
      const std::vector<std::byte>& bytes = *chunk.inline_bytes;
      if (range.offset > bytes.size() || range.length > bytes.size() - range.offset) {
        return chunk_error(ErrorKind::eof, chunk, range.length, "the chunk is not within the metadata");
      }
      return sys::pwrite_full(fd, bytes.data() + range.offset, range.length, 0, file.path(),
                              context.counters[kWriteSystemCalls]);
    }();
    if (!before || (!copied.ok() && copied.error().kind == ErrorKind::io)) return copied;
    // A file that has become shorter was changed, too. This says more than that the file has ended.
    context.counters[kWriteSystemCalls]++;
    auto same = sys::unmodified(chunk.fd, *before, chunk.file_path());
    return same.ok() ? std::move(copied) : std::move(same);
  });
  if (!status.ok()) return status;
  context.counters[kBytesWritten] += range.length;
  context.counters[kChunksWritten]++;
  return {};
}

Status ChunkCopy::copy_range(const Range& range, int to, const std::string& path, const WriteContext& context) {
  std::uint64_t done = 0;
  while (done < range.length && !is_refused_.load(std::memory_order_relaxed)) {
    context.counters[kWriteSystemCalls]++;
    const auto length = static_cast<std::size_t>(std::min(range.length - done, kCallBytes));
    auto copied = sys::copy_range_once(range.fd, range.offset + done, to, done, length, path);
    if (!copied.ok()) {
      // The error may be about either file, so the rest is copied by pread and pwrite, which report the file. Errors of
      // the data are not remembered: other files may be copied.
      const int n = copied.error().sys_errno;
      const bool is_of_data = n == EIO || n == ENOSPC || n == EDQUOT || n == EFBIG || n == ENOMEM;
      if (!is_of_data) is_refused_.store(true, std::memory_order_relaxed);
      break;
    }
    if (*copied == 0) break;  // The end of the source, or a file system on which the call copies nothing.
    done += *copied;
  }
  return done == range.length ? Status() : copy_through_memory(range, done, to, path, context);
}

Status ChunkCopy::copy_through_memory(const Range& range, std::uint64_t done, int to, const std::string& path,
                                      const WriteContext& context) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(range.length - done, kMemory));
  auto memory = pool::ThreadScratch::get().take(kStoredSlot, size);
  if (!memory.ok()) return std::move(memory).error();
  while (done < range.length) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(range.length - done, size));
    auto got = sys::pread_full(range.fd, memory->data(), length, range.offset + done, range.path);
    if (!got.ok()) return std::move(got).error();
    if (*got < length) {
      Error error;
      error.kind = ErrorKind::eof;
      error.op = "pread";
      error.path = range.path;
      error.offset = range.offset;
      error.length = range.length;
      error.message = "expected " + std::to_string(range.length) + " bytes, found " + std::to_string(done + *got) +
                      " before the end of the file";
      return error;
    }
    POSIXPAR_RETURN_IF_ERROR(
        sys::pwrite_full(to, memory->data(), length, done, path, context.counters[kWriteSystemCalls]));
    done += length;
  }
  return {};
}

Status ChunkCopy::check_unchanged(WriteCounters& counters) const {
  if (const auto& file = from_.layers.front().where.file; file != nullptr) {
    POSIXPAR_RETURN_IF_ERROR(file->check_path(sys::monotonic_ns(), counters[kWriteSystemCalls]));
  }
  ReadCounters calls;
  auto status = source_.check_unchanged(calls);
  counters[kWriteSystemCalls] += calls[kSystemCalls];
  return status;
}

}  // namespace posixpar
