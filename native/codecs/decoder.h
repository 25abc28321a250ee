#pragma once
/// \file Internal to native/codecs: the interface of one codec in a chain.
#include <cstddef>
#include <limits>
#include <memory>
#include <string>

#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Size of the output of a decoding step, as far as it is known before the step: the exact size or an upper bound.
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
  /// Number of the chunk, for a numbered codec (Decoder::is_numbered()); else 0.
  std::uint32_t number = 0;
  /// Slots 2 and 3 belong to the codec; slots 0 and 1 may hold `in` and `out`.
  CodecScratch& scratch;
};

/// Adds two sizes; returns the maximum size instead of wrapping.
[[nodiscard]] inline std::size_t saturating_add(std::size_t a, std::size_t b) {
  std::size_t out{};
  return __builtin_add_overflow(a, b, &out) ? std::numeric_limits<std::size_t>::max() : out;
}

/// Input and output of one encoding step.
struct EncodeStep {
  Bytes in;
  MutableBytes out;  ///< Destination of at least encoded_limit(in.size()) bytes.
  /// Slots 2 and 3 belong to the codec; slots 0 and 1 hold `in` and `out`.
  CodecScratch& scratch;
};

/// One codec with checked parameters. Immutable, so several threads can use it at the same time. Every codec decodes;
/// some also encode.
class Decoder {
 public:
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  /// Returns the name used in errors; a string literal.
  [[nodiscard]] virtual const char* name() const = 0;

  /// Returns the size that `decoded` bytes have when they are encoded. The default is for compressors: an upper bound
  /// that no encoder exceeds.
  [[nodiscard]] virtual SizeHint stored_size(SizeHint decoded) const {
    return {saturating_add(decoded.bytes, decoded.bytes / 4 + 65536), false};
  }

  /// Returns the range of stored bytes that is needed to decode the range `needed`. The default is all stored bytes.
  [[nodiscard]] virtual Needed stored_needed(Needed needed, std::size_t decoded_size) const {
    static_cast<void>(needed);
    static_cast<void>(decoded_size);
    return kEverything;
  }

  /// Returns true if ranges can be decoded independently, at a cost roughly proportional to their size.
  [[nodiscard]] virtual bool can_decode_ranges() const { return false; }

  /// Returns true if the codec needs the number of the chunk (Step::number). It must then be the only codec of its
  /// chain.
  [[nodiscard]] virtual bool is_numbered() const { return false; }

  /// Decodes `step.in`. The guarantees of CodecChain::decode apply.
  /// \returns the decoded bytes, which are at the start of `step.out` or inside `step.in`. If `step.exact`, their
  /// number is step.out.size(), and only those in `step.needed` must be correct. Errors have the kind `codec`, or
  /// `unsupported` for a variant of the format that is not implemented.
  [[nodiscard]] virtual Result<Bytes> decode(const Step& step) const = 0;

  /// Returns the maximum size of the slots 2 and 3 of the scratch memory when `decoded` bytes are decoded.
  [[nodiscard]] virtual std::size_t own_scratch(std::size_t decoded) const {
    static_cast<void>(decoded);
    return 0;
  }

  [[nodiscard]] virtual bool can_encode() const { return false; }

  /// Returns the maximum encoded size of `size` bytes.
  [[nodiscard]] virtual std::size_t encoded_limit(std::size_t size) const { return size; }

  /// Encodes `step.in`. \returns the encoded bytes: the start of `step.out`, or `step.in` itself.
  [[nodiscard]] virtual Result<Bytes> encode(const EncodeStep& step) const;
};

inline Result<Bytes> Decoder::encode(const EncodeStep& step) const {
  static_cast<void>(step);
  Error e;
  e.kind = ErrorKind::unsupported;
  e.op = name();
  e.message = std::string("codec ") + name() + " cannot be written";
  return e;
}

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
