#pragma once
/// \file Chunks of Blosc2.
#include <array>
#include <cstdint>

#include "native/codecs/blosc_inner.h"
#include "native/codecs/decoder.h"

namespace posixpar::codecs::blosc2 {

constexpr std::size_t kFilters = 6;

/// How the elements of a chunk are stored.
enum class Content {
  blocks,
  plain,  ///< Uncompressed, without filters.
  zeros,
  nans,
  repeated,  ///< One element, which is repeated.
};

/// A parsed chunk. Its blocks can be decoded independently, except that the delta filter needs the first block.
struct Chunk {
  Bytes bytes;
  std::size_t header = 0;  ///< Number of bytes of the header.
  unsigned flags = 0;
  std::size_t element = 1;
  std::size_t size = 0;   ///< Decoded bytes.
  std::size_t block = 0;  ///< Decoded bytes of a block. The last block may be smaller.
  Inner inner{};
  Content content{};
  std::array<std::uint8_t, kFilters> filters{};
  std::array<std::uint8_t, kFilters> filter_parameters{};

  [[nodiscard]] std::size_t blocks() const { return size == 0 ? 0 : (size - 1) / block + 1; }
  [[nodiscard]] std::size_t size_of_block(std::size_t index) const {
    return index + 1 < blocks() ? block : size - index * block;
  }
  [[nodiscard]] bool has_delta() const;
};

/// Parses the header of a chunk.
/// \returns an error of kind `codec` if it is damaged, or of kind `unsupported` for a feature that is not implemented.
[[nodiscard]] Result<Chunk> parse_chunk(Bytes bytes);

/// Decodes the block `index` into `out`, which has the size of the block. Uses slot 2 of `scratch`.
/// \param first  the first block, decoded; empty if the chunk has no delta filter, or if `index` is 0.
/// \returns false if the block is damaged, or if there is no memory.
[[nodiscard]] bool decode_block(const Chunk& chunk, std::size_t index, MutableBytes out, Bytes first,
                                CodecScratch& scratch);

}  // namespace posixpar::codecs::blosc2
