#pragma once
/// \file Computes the sequence of vectored reads for one extent, which continues short reads.
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>

#include "native/engines/engine.h"
#include "native/pool/buffers.h"

namespace posixpar {

/// Computes the read calls for one extent and their progress.
///
/// O_DIRECT can only read complete blocks. So the extent is extended to complete blocks at both ends. If the
/// destination of the inner blocks is aligned, they are read directly into it, and only the first and the last block
/// use a bounce buffer. One preadv reads these up to three pieces. All blocks use the bounce buffer if the destination
/// is not aligned, or if the device is faster with a bounce buffer (ReadFile::bounce_min_bytes).
class ExtentRead {
 public:
  /// Prepares the read of `extent`. \returns `io` with ENOMEM if there is no memory for the bounce buffer.
  Status begin(const Extent& extent);

  /// Destinations of the next call; they stay valid until advance().
  [[nodiscard]] std::span<const iovec> pieces();
  /// File offset of the next call.
  [[nodiscard]] std::uint64_t offset() const { return begin_ + done_; }
  /// Records the number of bytes that a call delivered (0 at the end of the file). After a short read, the next call
  /// continues where this call ended. \returns true if the extent is finished.
  bool advance(std::size_t bytes);
  /// Copies data from the bounce buffer to its destination. Returns the number of bytes of the extent that were read.
  /// Call it once, at the end.
  std::uint64_t finish();
  /// Returns the error of a failed call. It contains the offset and length of the extent, not those of the call.
  [[nodiscard]] Error failed(int error_number) const {
    return sys::io_error("pread", error_number, *extent_.file.path, extent_.offset, extent_.length);
  }
  [[nodiscard]] const Extent& extent() const { return extent_; }

 private:
  Extent extent_;
  std::uint64_t begin_ = 0;   ///< Aligned file offset of the first block.
  std::uint64_t total_ = 0;   ///< Number of bytes to request: complete blocks.
  std::uint64_t needed_ = 0;  ///< Number of bytes from the start of the first block to the end of the extent.
  std::uint64_t done_ = 0;
  std::uint64_t furthest_ = 0;  ///< Greatest number of bytes from `begin_` that was reached; not rounded down.
  std::uint64_t align_ = 1;
  std::array<iovec, 3> whole_{};
  unsigned whole_count_ = 0;
  std::array<iovec, 3> left_{};
  pool::Buffer bounce_;
  std::uint64_t head_ = 0;     ///< Number of bytes before the middle part. They use the bounce buffer.
  std::uint64_t tail_at_ = 0;  ///< Offset in the bounce buffer of the blocks after the middle part.
  std::uint64_t middle_ = 0;   ///< Bytes that are read directly into place; 0 if all use the bounce buffer.
};

}  // namespace posixpar
