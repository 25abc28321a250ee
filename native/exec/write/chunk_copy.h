#pragma once
/// \file Copies stored chunks from one array to another without decoding them.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "native/exec/chunk/chunk_source.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/plan/plan.h"
#include "native/exec/write/context.h"
#include "native/exec/write/replaced_file.h"

namespace posixpar {

/// The stored chunks of an array that are copied to the chunk files of another array. The caller ensures that both
/// arrays store chunks in the same way. Thread-safe.
class ChunkCopy {
 public:
  /// Memory that copy() needs, in bytes.
  static constexpr std::size_t kMemory = std::size_t{256} << 10;

  /// \param from  plan that reads the chunks of a layer, in the same order as the plan of the write.
  /// \param shard_index_bytes  set if the "chunks" of the plans are shard files, which are copied as a whole: the size
  /// of the index of a shard.
  ChunkCopy(Plan from, std::optional<std::uint64_t> shard_index_bytes);

  /// Checks that the plans have one layer with the same number of chunks of the same size. \returns `invalid` if not.
  static Status check(const Plan& from, const Plan& to);

  /// Copies one chunk to its file. If the source has no such chunk, removes the file.
  /// \param use  index of the chunk in both plans.
  /// \param to  geometry of the write, positioned at the chunk.
  /// \returns `unsupported` if the stored bytes are not valid for the target, so that the chunk must be decoded;
  /// `changed` if the source has changed; `eof` if the source is too short; `codec` if a chunk is larger than a read
  /// permits.
  Status copy(std::uint64_t use, const ChunkGeometry& to, ChangedDirectories& changed, const WriteContext& context);
  /// Checks, after the last chunk, that the files of the source which are still open have not changed.
  Status check_unchanged(WriteCounters& counters) const;

 private:
  /// A range of a file of the source.
  struct Range {
    int fd = -1;
    const std::string& path;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  /// Returns the number of stored bytes of a chunk.
  Result<std::uint64_t> stored_length(const OpenChunk& chunk, const ChunkGeometry& from, const WriteContext& context);
  Status copy_range(const Range& range, int to, const std::string& path, const WriteContext& context);
  Status copy_through_memory(const Range& range, std::uint64_t done, int to, const std::string& path,
                             const WriteContext& context);

  const Plan from_;
  const std::optional<std::uint64_t> shard_index_bytes_;
  ChunkSource source_;
  /// True if copy_file_range(2) does not work for these files.
  std::atomic<bool> is_refused_{false};
};

}  // namespace posixpar
