#pragma once
/// \file Codec chains, which decode and encode chunks. To add a codec, see docs/contributing/add-a-codec.md.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "native/base/generated/codecs.h"
#include "native/base/result.h"

namespace posixpar {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

class DeflateSource;

/// One codec of a chain and its parameters, as JavaScript passes them.
struct CodecSpec {
  CodecId id{};
  std::vector<double> params;
  /// The stream, for `deflate_piece`; null for all other codecs.
  std::shared_ptr<const DeflateSource> source = nullptr;
};

/// The bytes [begin, end) of a decoded chunk that a read needs. Some codecs can skip the other bytes.
struct Needed {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Temporary memory of the calling thread (see pool::ThreadScratch). Contents are lost at the next take() of the same
/// slot.
class CodecScratch {
 public:
  /// Returns `size` uninitialised bytes in slot `slot` (0 to 3). Slots do not overlap. Empty if the allocation fails.
  MutableBytes take(std::size_t slot, std::size_t size);
};

/// An ordered list of codecs whose parameters were checked once.
class CodecChain {
 public:
  /// Builds a chain. If a codec is not built in or has invalid parameters, decode() fails, but only for chunks to which
  /// this codec was applied. (In HDF5, a writer may skip a filter for individual chunks.)
  /// \param specs          codecs in the order in which the writer applied them.
  /// \param decoded_bytes  size of a decoded chunk.
  /// \returns the chain, or an error of kind `invalid` if there are too many codecs or a chunk cannot fit into memory.
  static Result<CodecChain> build(std::span<const CodecSpec> specs, std::size_t decoded_bytes);

  CodecChain();
  CodecChain(CodecChain&&) noexcept;
  CodecChain& operator=(CodecChain&&) noexcept;
  ~CodecChain();

  [[nodiscard]] bool empty() const;
  /// Returns true if ranges of a chunk can be decoded independently, at a cost roughly proportional to their size.
  [[nodiscard]] bool can_decode_ranges() const;
  /// Returns a text that identifies the codecs and their parameters: chains with equal texts decode equal bytes to
  /// equal bytes. A chain with an index of restart points has a text of its own. Null for a chain without codecs.
  [[nodiscard]] const std::shared_ptr<const std::string>& identity() const { return identity_; }

  /// Decodes one stored chunk. Even if `stored` is damaged, reads only `stored` and writes only `out` and `scratch`,
  /// within their bounds. Time and memory are limited to a multiple of the sizes of `stored` and `out`, plus a constant
  /// per codec. Threads may call it concurrently with different `out` and `scratch`.
  /// \param filter_mask  bit i is set if codec i (in the order of writing) was not applied to this chunk. If the chain
  /// has a codec that needs the number of the chunk (`deflate_piece`), this parameter is the number of the chunk
  /// instead. \param out  destination with the exact decoded size: decoded_bytes, or less for a clipped edge chunk.
  /// \param needed  the part of `out` that must be decoded; the rest is unspecified afterwards.
  /// \returns an error of kind `codec` that names the codec if the chunk is damaged or does not decode to out.size();
  /// `unsupported` if a codec that was applied to the chunk is not available.
  Status decode(Bytes stored, std::uint32_t filter_mask, MutableBytes out, Needed needed, CodecScratch& scratch) const;

  /// Checks that every codec of the chain has an encoder. \returns `unsupported` with the name of the first codec that
  /// has no encoder.
  [[nodiscard]] Status check_encodable() const;
  /// Encodes one chunk with all codecs. Threads may call it concurrently with different `scratch`.
  /// \returns the bytes to store. They are either `decoded` itself or in `scratch`, where they are valid until the next
  /// use of `scratch`. Returns `unsupported` if a codec has no encoder, `codec` if there is no memory or a codec cannot
  /// encode the bytes.
  Result<Bytes> encode(Bytes decoded, CodecScratch& scratch) const;

  /// Returns the maximum size of the scratch memory that decode() takes for a chunk of `decoded_bytes`.
  [[nodiscard]] std::size_t max_decode_scratch(std::size_t decoded_bytes) const;
  /// Returns the maximum size of the scratch memory that encode() takes for a chunk of `decoded_bytes`.
  [[nodiscard]] std::size_t max_encode_scratch(std::size_t decoded_bytes) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
  std::shared_ptr<const std::string> identity_;
};

}  // namespace posixpar
