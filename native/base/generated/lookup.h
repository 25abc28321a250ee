#pragma once
/// \file Small questions about files.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>

namespace posixpar {

/// Kinds of lookups.
enum class LookupKind : std::uint8_t {
  /// What is at a path.
  stat = 0,
  /// A regular file, kept open, and its first bytes.
  open = 1,
  /// Bytes of an open file.
  read = 2,
  /// Bytes of a regular file that is opened for them.
  slice = 3,
  /// The names in a directory.
  list = 4,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(LookupKind) { return 5; }

namespace napi {

/// What is at a path.
enum class FileKind : std::uint8_t {
  other = 0,
  file = 1,
  directory = 2,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(FileKind) { return 3; }

/// Words of the answer to an item of a lookup.
enum LookupWord : std::size_t {
  /// 1: nothing is there.
  kAbsent = 0,
  /// What is at the path.
  kKind = 1,
  kSize = 2,
  kMtimeMs = 3,
  kInode = 4,
  /// Bytes that were read; fewer than asked for only at the end of the file.
  kBytes = 5,
  kLookupWords = 6,
};

}  // namespace napi

}  // namespace posixpar
