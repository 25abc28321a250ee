#pragma once
/// \file Codec chains, which decode stored chunks. To add a codec, see docs/contributing/add-a-codec.md.
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

/// One codec of a chain and its parameters, as in the read plan.
struct CodecSpec {
  CodecId id{};
  std::vector<double> params;
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
  /// Builds a chain. A codec that is not built in, or that has invalid parameters, makes decode() fail only for chunks
  /// that it was applied to, because HDF5 may skip a filter for each chunk.
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

  /// Decodes one stored chunk. Reads only `stored` and writes only `out` and `scratch`, within their bounds, whatever
  /// `stored` contains. Time and memory are bounded by the sizes of `stored` and `out`. Threads may call it
  /// concurrently with different `out` and `scratch`. \param stored       the stored bytes. \param filter_mask  bit i
  /// is set if codec i (in writing order) was not applied to this chunk. \param out          destination of
  /// decoded_bytes bytes; for a clipped edge chunk, its exact size. \param needed       the part of `out` that must be
  /// decoded; the rest is unspecified afterwards. \returns an error of kind `codec` that names the codec if the chunk
  /// is damaged or decodes to another size.
  Status decode(Bytes stored, std::uint32_t filter_mask, MutableBytes out, Needed needed, CodecScratch& scratch) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace posixpar
