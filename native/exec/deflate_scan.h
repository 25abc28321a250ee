#pragma once
/// \file Makes the index of a deflate stream: decodes the stream once, from its start, and records restart points.
/// Decoding can later begin at any of them.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "native/base/result.h"
#include "native/codecs/deflate/deflate_index.h"
#include "native/pool/cancel.h"

namespace posixpar {

/// A deflate stream in a file, and the pieces into which its output is divided, each with a restart point. The output
/// begins with `skip` bytes without pieces. Then follow `runs` runs of `run_bytes` bytes. Each run is divided into
/// pieces of `piece_bytes` bytes; its last piece may be shorter.
struct DeflateScanSpec {
  codecs::DeflateFraming framing = codecs::DeflateFraming::raw;
  std::uint64_t offset = 0;  ///< File offset of the stream.
  std::uint64_t length = 0;  ///< Number of bytes of the stream.
  std::uint64_t skip = 0;
  std::uint64_t runs = 0;
  std::uint64_t run_bytes = 0;
  std::uint64_t piece_bytes = 0;
  /// Decoded size and CRC-32 of the stream, if another record of the file contains them.
  std::optional<std::uint64_t> decoded_bytes = std::nullopt;
  std::optional<std::uint32_t> crc32 = std::nullopt;
};

/// Maximum number of pieces. A piece keeps up to 32 KiB of the output before it (its window), so this limits the memory
/// for windows to 2 GiB.
inline constexpr std::uint64_t kMaxDeflatePieces = std::uint64_t{1} << 16;
/// Maximum size of a piece.
inline constexpr std::uint64_t kMaxDeflatePieceBytes = std::uint64_t{1} << 31;
/// Maximum number of bytes after the last piece that are decoded to verify the checksum of the stream, if its decoded
/// size is not known. If more bytes follow, the checksum is not verified: they could be many more than the array has.
inline constexpr std::uint64_t kMaxDeflateTail = std::uint64_t{1} << 26;

/// Decodes the stream in the open file `fd`. Uses about 1 MiB of memory in addition to the windows of the pieces.
/// Decodes at most kMaxDeflateTail bytes after the last piece; if the spec has the decoded size, the complete stream.
/// Verifies the checksums of the gzip members that end in the decoded part, and the decoded size and CRC-32 of the
/// spec.
/// \returns `invalid` for a spec out of range; `io` if the file cannot be read; `codec` if the stream is damaged, too
/// short or too long, with the file offset of the damage; `cancelled` if `cancel` was raised.
Result<std::shared_ptr<const DeflateIndex>> scan_deflate(int fd, const std::string& path, const DeflateScanSpec& spec,
                                                         const pool::CancelToken& cancel);

}  // namespace posixpar
