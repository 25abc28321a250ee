#pragma once
/// \file Reads unaligned bit fields, packed most significant bit first.
#include <algorithm>

#include "native/codecs/bytes.h"
#include "native/codecs/codec.h"

namespace posixpar::codecs {

class MsbBits {
 public:
  explicit MsbBits(Bytes bytes) : bytes_(bytes) {}

  /// Returns true if the buffer holds `count` numbers of `bits` bits, starting at bit `at`.
  [[nodiscard]] bool holds(std::uint64_t at, std::uint64_t count, std::uint64_t bits) const {
    std::uint64_t end = 0;
    return !__builtin_mul_overflow(count, bits, &end) && !__builtin_add_overflow(end, at, &end) &&
           end <= std::uint64_t{bytes_.size()} * 8;
  }

  /// Returns the `n` (1 to 64) bits at bit `at`. The caller has checked holds().
  [[nodiscard]] std::uint64_t get(std::uint64_t at, unsigned n) const {
    const auto byte = static_cast<std::size_t>(at / 8);
    const auto skip = static_cast<unsigned>(at % 8);
    if (bytes_.size() - byte < 8) return slow(byte, skip, n);
    std::uint64_t v = load_be<std::uint64_t>(bytes_.data() + byte) << skip;
    if (skip + n > 64) v |= static_cast<std::uint64_t>(bytes_[byte + 8]) >> (8 - skip);
    return v >> (64 - n);
  }

 private:
  /// Reads byte by byte near the end of the buffer, where an 8-byte load would be out of bounds.
  [[nodiscard]] std::uint64_t slow(std::size_t byte, unsigned skip, unsigned n) const {
    std::uint64_t v = 0;
    while (n > 0) {
      const unsigned now = std::min(n, 8 - skip);
      const auto b = static_cast<unsigned>(bytes_[byte++]);
      v = v << now | (b >> (8 - skip - now) & ((1U << now) - 1));
      skip = 0;
      n -= now;
    }
    return v;
  }

  Bytes bytes_;
};

}  // namespace posixpar::codecs
