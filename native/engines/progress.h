#pragma once
/// \file One extent as a sequence of vectored reads. A short read is continued here.
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>

#include "native/engines/engine.h"
#include "native/pool/buffers.h"

namespace posixpar {

/// One extent turned into requests to the kernel: aligned and over-read for a direct descriptor, unchanged for others.
///
/// For O_DIRECT the extent grows to whole blocks at both ends. If the address of its whole blocks is aligned, they are
/// read into place, and only the blocks at the ends pass through a bounce buffer: one preadv of up to three pieces.
/// Otherwise, and if the device is faster that way (ReadFile::bounce_min_bytes), all of it passes through the buffer.
class ExtentRead {
 public:
  /// \returns `io` ENOMEM when there is no bounce buffer.
  Status begin(const Extent& extent);

  /// The pieces of the next call; they stay valid until advance().
  [[nodiscard]] std::span<const iovec> pieces();
  /// File offset of the next call.
  [[nodiscard]] std::uint64_t offset() const { return begin_ + done_; }
  /// Records the bytes that a call delivered (0: the end of the file). After a short read, the next call continues
  /// where this one ended. \returns true if the extent is finished.
  bool advance(std::size_t bytes);
  /// Bytes of the extent that are there; moves what bounced into place. Call once, at the end.
  std::uint64_t finish();
  /// The error of a call that failed so: it names the extent, not what was asked for around it.
  [[nodiscard]] Error failed(int error_number) const {
    return sys::io_error("pread", error_number, *extent_.file.path, extent_.offset, extent_.length);
  }
  [[nodiscard]] const Extent& extent() const { return extent_; }

 private:
  Extent extent_;
  std::uint64_t begin_ = 0;   ///< In the file, aligned.
  std::uint64_t total_ = 0;   ///< Bytes to request, over-read included.
  std::uint64_t needed_ = 0;  ///< Part of total_ up to the end of the extent.
  std::uint64_t done_ = 0;
  std::uint64_t furthest_ = 0;  ///< Bytes ever delivered, before rounding down to a block.
  std::uint64_t align_ = 1;
  std::array<iovec, 3> whole_{};
  unsigned whole_count_ = 0;
  std::array<iovec, 3> left_{};
  pool::Buffer bounce_;
  std::uint64_t head_ = 0;     ///< Bytes of the first bounced block.
  std::uint64_t tail_at_ = 0;  ///< Offset in the buffer of the blocks after the whole ones.
  std::uint64_t middle_ = 0;   ///< Bytes that go straight into place; 0 when all of it bounces.
};

}  // namespace posixpar
