#pragma once
/// \file Writes, and changes of files.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>

namespace posixpar {

/// Levels of durability.
enum class Durability : std::uint8_t {
  /// No guarantee: the kernel writes the data later.
  none = 0,
  /// The data of files (fdatasync).
  data = 1,
  /// The data, and the names of new files (fsync of their directories).
  full = 2,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Durability) { return 3; }

/// Positions of the settings of a write, which supplement its plan.
enum WriteWord : std::size_t {
  /// Number of a level of durability.
  kWriteDurability = 0,
  /// The fill value as a stored element: four 32-bit words.
  kWriteFill0 = 1,
  kWriteFill1 = 2,
  kWriteFill2 = 3,
  kWriteFill3 = 4,
  /// 1: chunks in which every element is the fill value are not stored.
  kWriteOmitsFill = 5,
  /// 1: chunks are in shards.
  kWriteSharded = 6,
  /// Shards: number of the location of the index.
  kWriteIndexLocation = 7,
  /// Shards: 1: the words of the index are big-endian.
  kWriteIndexBigEndian = 8,
  /// Shards: 1: the index ends with a CRC-32C.
  kWriteIndexChecksum = 9,
  /// Shards: distance from the offset of a chunk to its length in the index, in words.
  kWriteLengthStride = 10,
  /// Alignment of direct writes in bytes; 0: all writes go through the page cache.
  kWriteDirectAlignment = 11,
  kWriteWords = 12,
};

/// Positions of the numbers of one dimension of the shards. They follow the settings of a write.
enum ShardWord : std::size_t {
  /// Number of chunks of a shard along the dimension.
  kShardCount = 0,
  /// Distance between the entries of two neighbouring chunks in the index, in words.
  kShardStride = 1,
  kShardWords = 2,
};

/// Locations of the index of a shard.
enum class IndexLocation : std::uint8_t {
  /// Before the chunks.
  start = 0,
  /// After the chunks.
  end = 1,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(IndexLocation) { return 2; }

/// Positions of the counters of a write.
enum WriteStatWord : std::size_t {
  /// Bytes passed to the file system.
  kBytesWritten = 0,
  /// Bytes that bypassed the page cache.
  kBytesWrittenDirect = 1,
  /// Error with which direct writes were refused, or 0.
  kDirectErrno = 2,
  /// Bytes of the source that were written.
  kBytesTaken = 3,
  /// Bytes of chunks that were read, because the write replaces only a part of them.
  kRewriteBytesRead = 4,
  /// Calls that create, write, rename, synchronize or remove.
  kWriteSystemCalls = 5,
  /// Chunks that were replaced, completely or partly.
  kChunksWritten = 6,
  /// Chunks that were read first, because the write replaces only a part of them.
  kChunksMerged = 7,
  /// Chunks that were not stored, because they contain only the fill value.
  kChunksOmitted = 8,
  /// Shards that were replaced.
  kShardsWritten = 9,
  /// Threads that took part.
  kWriteThreads = 10,
  /// Time of collecting and converting elements, all threads.
  kGatherNs = 11,
  /// Time of encoding, all threads.
  kEncodeNs = 12,
  /// Time in calls that write, all threads.
  kWriteNs = 13,
  /// Time in fdatasync and fsync, all threads.
  kSyncNs = 14,
  /// Time from the start to the end.
  kWriteElapsedNs = 15,
  kWriteStatWords = 16,
};

/// Kinds of steps that change files.
enum class FileStepKind : std::uint8_t {
  /// Creates a file exclusively, allocates its space, and keeps it open.
  create = 0,
  /// Opens an existing regular file for reading and writing.
  open = 1,
  /// Like `open`, but fails if the path is a symbolic link, or if it leads to another file than the expected one.
  open_same = 2,
  /// Takes the exclusive lock of the file that is open; fails if another handle or program has it, or if the path leads
  /// to another file.
  lock = 3,
  /// Releases the lock of the file that is open.
  unlock = 4,
  /// Writes bytes into the file that is open.
  write = 5,
  /// Sets the size of the file that is open.
  resize = 6,
  /// Writes the data of the open file to the storage.
  sync = 7,
  /// Renames a file or directory; fails if the new name exists.
  rename = 8,
  /// Renames a file; replaces the file with the new name.
  replace = 9,
  /// Exchanges the names of two files or directories.
  exchange = 10,
  /// Removes a file; does nothing if it does not exist.
  remove = 11,
  /// Removes a directory with its content; does nothing if it does not exist.
  remove_tree = 12,
  /// Creates a directory.
  make_directory = 13,
  /// Writes the names in a directory to the storage.
  sync_directory = 14,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(FileStepKind) { return 15; }

}  // namespace posixpar
