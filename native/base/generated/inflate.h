#pragma once
/// \file The first pass over a deflate stream.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>

namespace posixpar {

namespace codecs {

/// Formats of the bytes around deflate data.
enum class DeflateFraming : std::uint8_t {
  /// Deflate data without header, as in a zip archive.
  raw = 0,
  /// One or more gzip members.
  gzip = 1,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(DeflateFraming) { return 2; }

}  // namespace codecs

namespace inflate {

/// Positions of the numbers that describe a deflate stream and its pieces.
enum InflateWord : std::size_t {
  /// Number of a framing.
  kFraming = 0,
  /// File offset of the stream.
  kOffset = 1,
  /// Number of bytes of the stream.
  kLength = 2,
  /// Number of decoded bytes before the first piece.
  kSkip = 3,
  /// Number of runs of decoded bytes that are cut into pieces.
  kRuns = 4,
  /// Size of a run.
  kRunBytes = 5,
  /// Size of a piece; the last piece of a run may be shorter.
  kPieceBytes = 6,
  /// Decoded size of the stream; -1 if it is unknown.
  kDecodedBytes = 7,
  /// CRC-32 of the decoded stream; -1 if it is unknown.
  kCrc32 = 8,
  kInflateWords = 9,
};

/// Positions of the numbers that describe one piece of a deflate stream.
enum PieceWord : std::size_t {
  /// File offset at which decoding begins.
  kPieceOffset = 0,
  /// Number of stored bytes that decoding reads.
  kPieceStoredBytes = 1,
  /// Size of the piece.
  kPieceDecodedBytes = 2,
  /// Size of the data before the piece that decoding needs.
  kPieceWindowBytes = 3,
  kPieceWords = 4,
};

}  // namespace inflate

}  // namespace posixpar
