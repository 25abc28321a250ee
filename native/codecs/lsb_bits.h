#pragma once
/// \file Reads a stream of bits, least significant bit first.
#include <bit>

#include "native/codecs/bytes.h"
#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Reads bits from front to back. Bits beyond the end are zero; position() tells if any were read.
class LsbBits {
 public:
  explicit LsbBits(Bytes bytes) : bytes_(bytes) {}

  /// Number of bits that were read or skipped.
  [[nodiscard]] std::uint64_t position() const { return at_; }
  [[nodiscard]] bool is_beyond_end() const { return at_ > std::uint64_t{bytes_.size()} * 8; }
  void skip(std::uint64_t bits) { at_ += bits; }
  /// Skips the rest of a byte that was read in part.
  void align() { at_ = (at_ + 7) & ~std::uint64_t{7}; }

  /// Reads `n` bits (0 to 64).
  std::uint64_t take(unsigned n) {
    if (n > kPeeked) {
      const std::uint64_t low = take(32);
      return low | take(n - 32) << 32;
    }
    const std::uint64_t v = peek() & ((std::uint64_t{1} << n) - 1);
    at_ += n;
    return v;
  }

  /// Reads zeros up to the next one, and the one, but at most `limit` bits. \returns the number of zeros.
  unsigned take_zeros(unsigned limit) {
    unsigned found = 0;
    while (found < limit) {
      const unsigned now = std::min(limit - found, kPeeked);
      const auto zeros = static_cast<unsigned>(std::countr_zero(peek() | std::uint64_t{1} << now));
      found += zeros;
      if (zeros < now) {
        at_ += zeros + 1;
        break;
      }
      at_ += now;
    }
    return found;
  }

 private:
  static constexpr unsigned kPeeked = 56;

  /// Returns the next bits, at least kPeeked of them.
  [[nodiscard]] std::uint64_t peek() const {
    const std::uint64_t byte = at_ / 8;
    if (byte + 8 <= bytes_.size()) return load_le<std::uint64_t>(bytes_.data() + byte) >> at_ % 8;
    std::uint64_t v = 0;
    for (std::uint64_t i = byte; i < bytes_.size(); ++i)
      v |= std::uint64_t{static_cast<std::uint8_t>(bytes_[i])} << 8 * (i - byte);
    return v >> at_ % 8;
  }

  Bytes bytes_;
  std::uint64_t at_ = 0;
};

}  // namespace posixpar::codecs
