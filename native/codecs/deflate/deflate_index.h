#pragma once
/// \file Restart points in a deflate stream, which divide it into pieces of known decoded sizes. A restart point
/// contains the state of the decoder at the start of a piece. So each piece can be decoded without the data before it.
/// See docs/adr/0008-restart-points.md.
#include <cstdint>
#include <memory>
#include <vector>

#include "native/base/result.h"
#include "native/codecs/codec.h"
#include "native/codecs/deflate/deflate_source.h"
#include "native/codecs/deflate/deflate_windows.h"
#include "native/codecs/deflate/inflate_stream.h"

namespace posixpar {

/// The restart points of one deflate stream, in the order of its pieces.
class DeflateIndex final : public DeflateSource {
 public:
  struct Piece {
    std::uint64_t offset = 0;         ///< File offset of the first byte.
    std::uint64_t stored_bytes = 0;   ///< Number of bytes of the file that the piece needs.
    std::uint32_t decoded_bytes = 0;  ///< Decoded size.
    std::uint32_t crc32 = 0;          ///< Checksum of the decoded bytes.
    std::uint32_t window_bytes = 0;   ///< Size of the window: the last output before the piece (up to 32 KiB).
    std::uint32_t window_crc32 = 0;   ///< Checksum of the window.
    std::uint8_t skip_bits = 0;       ///< Number of bits of the first byte that belong to the piece before.
    codecs::InflateState state;
  };

  explicit DeflateIndex(codecs::DeflateFraming framing) : framing_(framing) {}

  [[nodiscard]] codecs::DeflateFraming framing() const { return framing_; }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  /// Returns the window of a piece, to which its matches may refer; null if it was not added.
  [[nodiscard]] std::shared_ptr<const DeflateWindow> window(std::size_t piece) const { return windows_->get(piece); }
  /// Appends a piece. `window` is copied.
  void add(Piece piece, Bytes window);
  /// Sets the size and checksum of the last piece, after it was decoded.
  void finish_last(std::uint64_t end_of_input, std::uint32_t crc32);

  /// Decodes pieces from `stored`. Time and memory are bounded by the sizes of `stored` and `out`. The checksum of a
  /// piece is only verified if all of its bytes are decoded.
  Status decode(std::size_t first, Bytes stored, MutableBytes out, std::size_t needed_end) const override;

  /// Returns the index as bytes, in the format that docs/formats/saved-index.md describes.
  /// \returns `invalid` if a window is missing.
  [[nodiscard]] Result<std::vector<std::byte>> serialize() const;
  /// Restores an index, without its windows, from the untrusted bytes before the windows.
  /// \param end  end of the deflate stream in its file; pieces must not extend beyond it.
  /// \returns `invalid` if `bytes` is not an index.
  static Result<DeflateIndex> parse(Bytes bytes, std::uint64_t end);
  /// Adds windows to a restored index: that of the piece `first` and those that follow it in `bytes`, which are
  /// untrusted. Several threads may call it, also while other threads decode.
  /// \returns `invalid` if `bytes` are not these windows. The complete ones before the error are added.
  Status add_windows(std::size_t first, Bytes bytes) const;

 private:
  codecs::DeflateFraming framing_;
  std::vector<Piece> pieces_;
  std::unique_ptr<DeflateWindows> windows_ = std::make_unique<DeflateWindows>();
};

}  // namespace posixpar
