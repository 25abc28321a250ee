#pragma once
/// \file Internal to native/codecs: the interface of one codec in a chain.
#include <cstddef>
#include <limits>
#include <memory>
#include <string>

#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Size of a stage's output, as known before the stage runs: exact, or an upper bound.
struct SizeHint {
  std::size_t bytes = 0;
  bool exact = true;
};

/// Range that covers every byte of an output of unknown size.
inline constexpr Needed kEverything{0, std::numeric_limits<std::size_t>::max()};

/// Input and output of one decoding step.
struct Step {
  Bytes in;
  /// Destination. Its size is the exact decoded size if `exact`, else the maximum.
  MutableBytes out;
  bool exact = true;
  /// Decoded bytes that must be correct afterwards: a range within `out` if `exact`, else everything.
  Needed needed;
  /// Slots 2 and 3 belong to the codec; slots 0 and 1 hold `in` and `out`.
  CodecScratch& scratch;
};

/// Adds two sizes; returns the maximum size instead of wrapping.
[[nodiscard]] inline std::size_t saturating_add(std::size_t a, std::size_t b) {
  std::size_t out{};
  return __builtin_add_overflow(a, b, &out) ? std::numeric_limits<std::size_t>::max() : out;
}

/// One codec with checked parameters. Immutable, so several threads can decode at the same time.
class Decoder {
 public:
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  /// Returns the name used in errors; a string literal.
  [[nodiscard]] virtual const char* name() const = 0;

  /// Returns the stored size of `decoded` bytes. The default, for compressors, is an upper bound that no encoder
  /// exceeds.
  [[nodiscard]] virtual SizeHint stored_size(SizeHint decoded) const {
    return {saturating_add(decoded.bytes, decoded.bytes / 4 + 65536), false};
  }

  /// Returns the stored bytes that are needed to decode `needed`. The default is all of them.
  [[nodiscard]] virtual Needed stored_needed(Needed needed, std::size_t decoded_size) const {
    static_cast<void>(needed);
    static_cast<void>(decoded_size);
    return kEverything;
  }

  /// Returns true if ranges can be decoded independently, at a cost roughly proportional to their size.
  [[nodiscard]] virtual bool can_decode_ranges() const { return false; }

  /// Decodes `step.in`. The guarantees of CodecChain::decode apply.
  /// \returns the decoded bytes, which are at the start of `step.out` or inside `step.in`. If `step.exact`, their
  /// number is step.out.size(), and only those in `step.needed` must be correct. Errors have the kind `codec`.
  [[nodiscard]] virtual Result<Bytes> decode(const Step& step) const = 0;
};

using DecoderPtr = std::unique_ptr<const Decoder>;

/// Returns an error of kind `codec`. `codec` is a string literal.
[[nodiscard]] inline Error codec_error(const char* codec, std::string message) {
  Error e;
  e.kind = ErrorKind::codec;
  e.op = codec;
  e.message = std::move(message);
  return e;
}

/// Returns an error of kind `invalid`, for parameters out of range.
[[nodiscard]] inline Error parameter_error(const char* codec, std::string message) {
  Error e = codec_error(codec, std::move(message));
  e.kind = ErrorKind::invalid;
  return e;
}

/// Returns an error of kind `unsupported`. The message names the feature.
[[nodiscard]] inline Error unsupported_error(const char* codec, std::string message) {
  Error e = codec_error(codec, std::move(message));
  e.kind = ErrorKind::unsupported;
  return e;
}

/// Returns an error of kind `codec` for a decoded size other than the expected one.
[[nodiscard]] inline Error size_error(const char* codec, std::size_t expected, std::size_t found) {
  return codec_error(
      codec, "expected the chunk to decode to " + std::to_string(expected) + " bytes, found " + std::to_string(found));
}

}  // namespace posixpar::codecs
