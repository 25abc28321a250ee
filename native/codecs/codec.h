#pragma once
/// \file What a codec is, and the chain that decodes a chunk. Adding a codec: docs/contributing/add-a-codec.md.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "native/base/generated/codecs.h"
#include "native/base/result.h"

namespace posixpar {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

/// One codec of a chain with its parameters, as the plan carries them.
struct CodecSpec {
  CodecId id{};
  std::vector<double> params;
};

/// The bytes [begin, end) of a decoded chunk that a read wants; a codec that can, decodes no more than it must.
struct Needed {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Memory of the calling thread, of which it keeps little between reads (pool::ThreadScratch). Contents survive
/// nothing: each take() may be overwritten by the next.
class CodecScratch {
 public:
  /// At least `size` uninitialised bytes in slot `slot` (0..3); slots do not overlap. Empty when there is no memory.
  MutableBytes take(std::size_t slot, std::size_t size);
};

/// An ordered list of codecs with parameters checked once.
class CodecChain {
 public:
  /// \param specs          codecs in the order in which they were applied when writing.
  /// \param decoded_bytes  size of a decoded chunk.
  /// A codec that is not built in, or whose parameters make no sense, only refuses the chunks that went through it:
  /// with HDF5, writing may have skipped it for each. \returns the chain, or `invalid` (too many codecs, or a chunk
  /// that no memory holds).
  static Result<CodecChain> build(std::span<const CodecSpec> specs, std::size_t decoded_bytes);

  CodecChain();
  CodecChain(CodecChain&&) noexcept;
  CodecChain& operator=(CodecChain&&) noexcept;
  ~CodecChain();

  [[nodiscard]] bool empty() const;
  /// Whether a chunk may be decoded in parts: independent ranges, at a cost near in proportion to their size.
  [[nodiscard]] bool partial() const;

  /// Decodes one stored chunk.
  /// Contract: reads only `stored`, writes only `out` and `scratch`; thread-safe for different outs and scratches;
  /// never reads or writes out of bounds whatever `stored` holds; bounded in time and memory by `out.size()`. \param
  /// stored       the stored bytes. \param filter_mask  bit i set: codec i (in writing order) was not applied to this
  /// chunk. \param out          decoded_bytes long (or shorter for a clipped edge chunk: then its exact size). \param
  /// needed       the part of `out` that must be right afterwards; the rest is unspecified. \returns an error of kind
  /// `codec` naming the codec when the chunk is damaged, including one that decodes to another size.
  Status decode(Bytes stored, std::uint32_t filter_mask, MutableBytes out, Needed needed, CodecScratch& scratch) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace posixpar
