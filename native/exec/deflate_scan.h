#pragma once
/// \file Makes the index of a deflate stream: decodes the stream once, from its start, and records restart points.
/// Decoding can later begin at any of them.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

/// Checks the numbers of a spec. \returns `invalid` for a spec out of range.
Status check_deflate_scan(const DeflateScanSpec& spec);

/// Decodes the pieces of a stream one after the other, and records their restart points. Uses about 1 MiB of memory in
/// addition to the windows of the pieces. All functions return `io` if the file cannot be read; `codec` if the stream
/// is damaged, too short or too long, with the file offset of the damage; `cancelled` if `cancel` was raised.
class DeflateScan {
 public:
  /// \pre check_deflate_scan() has accepted the spec. The file and the token must outlive this object.
  DeflateScan(int fd, std::string path, const DeflateScanSpec& spec, const pool::CancelToken& cancel);

  /// Decodes the bytes before the first piece. Call it once, first.
  Status begin();
  /// Number of pieces that were decoded.
  [[nodiscard]] std::size_t decoded_pieces() const { return index_->pieces().size(); }
  /// Returns the size of piece `number`.
  [[nodiscard]] std::uint64_t piece_bytes(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t piece_count() const;
  /// Decodes the next piece into the memory of the last call of set_output(), or only to find its end.
  Status decode_piece();
  /// From now on, writes the output to `out`, which must have room for whole pieces.
  void set_output(MutableBytes out);
  /// From now on, drops the output.
  void drop_output();
  /// Decodes at most kMaxDeflateTail bytes after the last piece; if the spec has the decoded size, the complete stream.
  /// Verifies the checksums of the gzip members that end in the decoded part, and the decoded size and CRC-32 of the
  /// spec. \pre all pieces were decoded.
  Status verify_rest();

  /// Restart points of the pieces that were decoded.
  [[nodiscard]] const std::shared_ptr<DeflateIndex>& index() const { return index_; }

 private:
  [[nodiscard]] std::uint64_t position() const { return input_offset_ + stream_.position_bits() / 8; }
  [[nodiscard]] Error damaged(const std::string& message) const;
  Status refill();
  Status decode(std::uint64_t bytes, std::uint32_t* sum = nullptr);
  Status check_member();
  [[nodiscard]] std::vector<std::byte> window() const;

  int fd_;
  std::string path_;
  DeflateScanSpec spec_;
  const pool::CancelToken& cancel_;
  std::shared_ptr<DeflateIndex> index_;
  codecs::InflateStream stream_;
  std::vector<std::byte> input_;
  std::uint64_t input_offset_ = 0;  // File offset of input_.
  std::vector<std::byte> own_;      // Destination of output that is dropped: the window, followed by newer output.
  MutableBytes output_;             // Current destination.
  std::size_t produced_ = 0;        // Number of bytes in output_.
  std::vector<std::byte> before_;   // Output before output_, to which matches may refer.
  std::uint64_t decoded_ = 0;
  std::uint64_t ended_members_ = 0;  // Number of decoded bytes of the gzip members that have ended.
  std::uint64_t member_bytes_ = 0;
  std::uint32_t member_crc_ = 0;
  bool started_ = false;
  bool ended_ = false;
};

/// Decodes the stream in the open file `fd` with a DeflateScan, and returns the restart points.
/// \returns `invalid` for a spec out of range, and the errors of DeflateScan.
Result<std::shared_ptr<const DeflateIndex>> scan_deflate(int fd, const std::string& path, const DeflateScanSpec& spec,
                                                         const pool::CancelToken& cancel);

}  // namespace posixpar
