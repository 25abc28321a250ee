#pragma once
/// \file The bit reader and the prefix codes of bzip2.
#include <array>

#include "native/codecs/bytes.h"
#include "native/codecs/codec.h"

namespace posixpar::codecs::bzip2 {

/// Reads bits, most significant first. Beyond the end, returns zeros; overrun() is then true.
class BitReader {
 public:
  explicit BitReader(Bytes in) : in_(in) {}

  /// Returns the next `n` (at most 32) bits without consuming them.
  std::uint32_t peek(unsigned n) {
    if (count_ < n) refill();
    return n == 0 ? 0 : static_cast<std::uint32_t>(buffer_ >> (64 - n));
  }
  /// Consumes `n` bits that a preceding peek() returned.
  void skip(unsigned n) {
    buffer_ <<= n;
    count_ -= n;
  }
  std::uint32_t take(unsigned n) {
    const std::uint32_t v = peek(n);
    skip(n);
    return v;
  }
  [[nodiscard]] bool overrun() const { return missing_ * 8 > count_; }
  /// Skips to the next byte boundary and returns the unread input.
  Bytes align() {
    skip(count_ % 8);
    const std::size_t unread = missing_ * 8 > count_ ? 0 : count_ / 8 - missing_;
    return in_.subspan(at_ - unread);
  }

 private:
  void refill() {
    while (count_ <= 56) {
      std::uint64_t next = 0;
      if (at_ < in_.size()) {
        next = static_cast<std::uint64_t>(in_[at_++]);
      } else {
        ++missing_;
      }
      buffer_ |= next << (56 - count_);
      count_ += 8;
    }
  }

  Bytes in_;
  std::size_t at_ = 0;
  std::uint64_t buffer_ = 0;
  unsigned count_ = 0;
  std::size_t missing_ = 0;  // Number of zero bytes that were returned beyond the end.
};

inline constexpr unsigned kMaxCodeBits = 20;
inline constexpr std::size_t kMaxSymbols = 258;

/// A canonical prefix code. Short codes are decoded by a table lookup, long codes by comparison with the limit of each
/// length.
class Code {
 public:
  /// Builds the code from the code lengths (1 to 20) of its symbols.
  /// \returns false if the lengths are oversubscribed, that is, no prefix code has them.
  bool assign(std::span<const std::uint8_t> lengths) {
    std::array<std::uint32_t, kMaxCodeBits + 2> count{};
    for (const std::uint8_t n : lengths) ++count[n];
    std::uint32_t code = 0;
    std::uint32_t index = 0;
    for (unsigned n = 1; n <= kMaxCodeBits; ++n) {
      first_[n] = code;
      offset_[n] = index;
      code += count[n];
      index += count[n];
      if (code > 1U << n) return false;
      limit_[n] = code << (kMaxCodeBits - n);
      code <<= 1;
    }
    std::array<std::uint32_t, kMaxCodeBits + 2> next{};
    for (unsigned n = 1; n <= kMaxCodeBits; ++n) next[n] = offset_[n];
    for (std::size_t s = 0; s < lengths.size(); ++s) sorted_[next[lengths[s]]++] = static_cast<std::uint16_t>(s);
    fast_.fill(0);
    for (unsigned n = 1; n <= kFastBits; ++n) {
      for (std::uint32_t i = 0; i < count[n]; ++i) {
        const std::uint32_t from = (first_[n] + i) << (kFastBits - n);
        const auto entry = static_cast<std::uint16_t>(unsigned{sorted_[offset_[n] + i]} << 4U | n);
        for (std::uint32_t k = 0; k < 1U << (kFastBits - n); ++k) fast_[from + k] = entry;
      }
    }
    return true;
  }

  /// Decodes one symbol; returns kMaxSymbols if the bits match no code.
  std::size_t decode(BitReader& bits) const {
    const std::uint32_t window = bits.peek(kMaxCodeBits);
    if (const std::uint16_t entry = fast_[window >> (kMaxCodeBits - kFastBits)]; entry != 0) {
      bits.skip(entry & 15U);
      return entry >> 4U;
    }
    for (unsigned n = kFastBits + 1; n <= kMaxCodeBits; ++n) {
      if (window < limit_[n]) {
        bits.skip(n);
        return sorted_[offset_[n] + (window >> (kMaxCodeBits - n)) - first_[n]];
      }
    }
    return kMaxSymbols;
  }

 private:
  static constexpr unsigned kFastBits = 10;

  std::array<std::uint32_t, kMaxCodeBits + 1> first_{};
  std::array<std::uint32_t, kMaxCodeBits + 1> offset_{};
  std::array<std::uint32_t, kMaxCodeBits + 1> limit_{};
  std::array<std::uint16_t, kMaxSymbols> sorted_{};
  std::array<std::uint16_t, 1U << kFastBits> fast_{};  // Symbol << 4 | length; 0 if there is none.
};

}  // namespace posixpar::codecs::bzip2
