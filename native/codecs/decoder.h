#pragma once
/// \file What one codec is to the chain that runs it. Internal to native/codecs.
#include <cstddef>
#include <limits>
#include <memory>
#include <string>

#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// What is known of a stage's decoded size before it runs: the exact number of bytes, or an upper bound.
struct SizeHint {
  std::size_t bytes = 0;
  bool exact = true;
};

/// "Every byte, however many there are."
inline constexpr Needed kEverything{0, std::numeric_limits<std::size_t>::max()};

/// One decoding step.
struct Step {
  Bytes in;
  /// Where to decode to. Its size is the exact decoded size when `exact`, else the most that is allowed.
  MutableBytes out;
  bool exact = true;
  /// The decoded bytes that must be right afterwards. Never reaches past `out` when `exact`, is everything otherwise.
  Needed needed;
  /// Slots 2 and 3 belong to the codec; 0 and 1 hold `in` and `out`.
  CodecScratch& scratch;
};

/// Sums and products of sizes that stop at the largest size instead of wrapping.
[[nodiscard]] inline std::size_t saturating_add(std::size_t a, std::size_t b) {
  std::size_t out{};
  return __builtin_add_overflow(a, b, &out) ? std::numeric_limits<std::size_t>::max() : out;
}

/// One codec with checked parameters. Immutable; decodes for many threads at once.
class Decoder {
 public:
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  /// Its name in errors; a string literal.
  [[nodiscard]] virtual const char* name() const = 0;

  /// The size of the stored form of `decoded` bytes. Default, for compressors: a bound that every real encoder keeps.
  [[nodiscard]] virtual SizeHint stored_size(SizeHint decoded) const {
    return {saturating_add(decoded.bytes, decoded.bytes / 4 + 65536), false};
  }

  /// The stored bytes that `needed` of `decoded_size` decoded bytes depend on. Default: everything.
  [[nodiscard]] virtual Needed stored_needed(Needed needed, std::size_t decoded_size) const {
    static_cast<void>(needed);
    static_cast<void>(decoded_size);
    return kEverything;
  }

  /// Whether independent ranges decode at a cost near in proportion to their size.
  [[nodiscard]] virtual bool partial() const { return false; }

  /// Decodes `step.in`.
  /// Contract: that of CodecChain::decode.
  /// \returns the decoded bytes, which lie at the start of `step.out` or inside `step.in`; as many as `step.out` has
  /// when
  ///          `step.exact`, though only those in `step.needed` need be right. Errors are of kind `codec`.
  [[nodiscard]] virtual Result<Bytes> decode(const Step& step) const = 0;
};

using DecoderPtr = std::unique_ptr<const Decoder>;

/// An error of kind `codec`. `codec` is a string literal.
[[nodiscard]] inline Error codec_error(const char* codec, std::string message) {
  Error e;
  e.kind = ErrorKind::codec;
  e.op = codec;
  e.message = std::move(message);
  return e;
}

/// An error of kind `invalid`: parameters that make no sense.
[[nodiscard]] inline Error parameter_error(const char* codec, std::string message) {
  Error e = codec_error(codec, std::move(message));
  e.kind = ErrorKind::invalid;
  return e;
}

/// An error of kind `unsupported`.
[[nodiscard]] inline Error unsupported_error(const char* codec, std::string message) {
  Error e = codec_error(codec, std::move(message));
  e.kind = ErrorKind::unsupported;
  return e;
}

/// An error that names the size that was expected and the one found.
[[nodiscard]] inline Error size_error(const char* codec, std::size_t expected, std::size_t found) {
  return codec_error(
      codec, "expected the chunk to decode to " + std::to_string(expected) + " bytes, found " + std::to_string(found));
}

}  // namespace posixpar::codecs
