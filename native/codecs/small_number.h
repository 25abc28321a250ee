#pragma once
/// \file Base class of the codecs that widen numbers which no element type represents: they have few or unusual bits.
#include <bit>
#include <cstring>

#include "native/codecs/registry.h"

namespace posixpar::codecs {

/// Reads `width` bytes (1 to 8) as an unsigned number.
[[nodiscard]] inline std::uint64_t load_number(const std::byte* from, std::size_t width, bool big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; i++) {
    const auto byte = static_cast<std::uint64_t>(from[big_endian ? i : width - 1 - i]);
    value = value << 8U | byte;
  }
  return value;
}

/// A codec whose stored and decoded elements may have different sizes. Decoded elements have the byte order of the
/// machine.
class SmallNumberDecoder : public Decoder {
 public:
  SmallNumberDecoder(std::size_t stored_width, std::size_t decoded_width)
      : stored_width_(stored_width), decoded_width_(decoded_width) {}

  [[nodiscard]] bool can_decode_ranges() const override { return true; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(decoded.bytes / decoded_width_, stored_width_, &bytes)) {
      bytes = std::numeric_limits<std::size_t>::max();
    }
    return {bytes, decoded.exact};
  }
  [[nodiscard]] Needed stored_needed(Needed needed, std::size_t) const override {
    const std::size_t end = needed.end / decoded_width_ + (needed.end % decoded_width_ != 0 ? 1 : 0);
    return {needed.begin / decoded_width_ * stored_width_, end * stored_width_};
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    const std::size_t elements = step.in.size() / stored_width_;
    if (step.in.size() % stored_width_ != 0) {
      return codec_error(name(), "expected elements of " + std::to_string(stored_width_) + " bytes, found " +
                                     std::to_string(step.in.size()) + " bytes");
    }
    const std::size_t size = elements * decoded_width_;
    if (step.exact ? size != step.out.size() : size > step.out.size()) return size_error(name(), step.out.size(), size);
    const std::size_t first = step.exact ? step.needed.begin / decoded_width_ : 0;
    const std::size_t last = !step.exact || step.needed.end >= size
                                 ? elements
                                 : std::min(elements, stored_needed(step.needed, size).end / stored_width_);
    if (first < last) {
      widen(step.in.data() + first * stored_width_, step.out.data() + first * decoded_width_, last - first);
    }
    return Bytes(step.out.first(size));
  }

 protected:
  /// Decodes `count` elements.
  virtual void widen(const std::byte* in, std::byte* out, std::size_t count) const = 0;

  /// Stores `value` as the next element of type T.
  template <typename T>
  static std::byte* put(std::byte* out, T value) {
    std::memcpy(out, &value, sizeof(T));
    return out + sizeof(T);
  }

  [[nodiscard]] std::size_t stored_width() const { return stored_width_; }
  [[nodiscard]] std::size_t decoded_width() const { return decoded_width_; }

 private:
  std::size_t stored_width_;
  std::size_t decoded_width_;
};

}  // namespace posixpar::codecs
