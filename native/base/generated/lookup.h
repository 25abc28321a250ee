#pragma once
/// \file Metadata lookups in files and directories.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>

namespace posixpar {

/// Kinds of lookups.
enum class LookupKind : std::uint8_t {
  /// Kind, size and time of a path.
  stat = 0,
  /// Opens a regular file, keeps it open and reads its first bytes.
  open = 1,
  /// Reads bytes of an open file.
  read = 2,
  /// Opens a regular file, reads bytes and closes it.
  slice = 3,
  /// Lists the names in a directory.
  list = 4,
  /// Opens a file for reads of data; equal files share one descriptor.
  share = 5,
  /// Opens a directory, so that files can be opened by names relative to it.
  directory = 6,
  /// Opens a directory below which files may be opened.
  root = 7,
  /// Decodes a deflate stream in an open file once, and records restart points.
  inflate = 8,
  /// Restores restart points from bytes in memory.
  restore = 9,
  /// Joins values of variable length from global heaps of an open file.
  heap = 10,
  /// Prepares the first pass over a deflate stream, which a read of its pieces performs.
  first_pass = 11,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(LookupKind) { return 12; }

namespace napi {

/// Kinds of files.
enum class FileKind : std::uint8_t {
  other = 0,
  file = 1,
  directory = 2,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(FileKind) { return 3; }

/// Positions of the numbers in the answer to an item of a lookup.
enum LookupWord : std::size_t {
  /// 1: the path does not exist.
  kAbsent = 0,
  /// Number of a kind of file.
  kKind = 1,
  kSize = 2,
  kMtimeMs = 3,
  kInode = 4,
  /// Number of the device, encoded like st_dev.
  kDevice = 5,
  /// Bytes that were read; fewer than requested only at the end of the file.
  kBytes = 6,
  kLookupWords = 7,
};

/// Positions of the numbers that describe global heaps.
enum HeapWord : std::size_t {
  /// File offset of address 0.
  kBase = 0,
  kFileSize = 1,
  /// Size of an address.
  kAddressBytes = 2,
  /// Size of a length.
  kLengthBytes = 3,
  /// Size of an item of a value.
  kItemBytes = 4,
  /// 1: a value ends before its first NUL.
  kIsText = 5,
  kHeapWords = 6,
};

}  // namespace napi

}  // namespace posixpar
