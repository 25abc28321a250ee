#pragma once
/// \file The index of a shard: the offset and length of each of its chunks.
/// Source: https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html
#include <cstdint>
#include <optional>
#include <vector>

#include "native/base/generated/write.h"
#include "native/base/result.h"
#include "native/codecs/codec.h"

namespace posixpar {

/// Layout of the shards of an array. Each shard is a file that contains a grid of chunks, and an index of 64-bit words
/// with the offset and length of each chunk.
struct ShardLayout {
  struct Dim {
    std::uint64_t count = 1;   ///< Number of chunks of a shard along this dimension.
    std::uint64_t stride = 0;  ///< Number of words from the index entry of a chunk to the entry of its neighbour.
  };
  IndexLocation location = IndexLocation::end;
  bool big_endian = false;
  bool has_checksum = true;         ///< True if the index ends with a CRC-32C.
  std::uint64_t length_stride = 1;  ///< Number of words from the offset of a chunk to its length.
  std::vector<Dim> dims;            ///< One per dimension of the array.

  /// Checks that each word of the index belongs to exactly one chunk.
  [[nodiscard]] Status check() const;
  /// Number of chunks of a shard.
  [[nodiscard]] std::uint64_t chunk_count() const;
  /// Size of the stored index.
  [[nodiscard]] std::uint64_t index_bytes() const { return chunk_count() * 16 + (has_checksum ? 4 : 0); }
  /// Returns the position of the index word that contains the offset of a chunk.
  /// \param chunk  number of the chunk in the shard, in C order.
  [[nodiscard]] std::uint64_t word_of(std::uint64_t chunk) const;
};

/// Range of a shard in which a chunk is stored.
struct StoredRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// The decoded index of a shard.
class ShardIndex {
 public:
  /// Creates the index of a shard without chunks.
  explicit ShardIndex(const ShardLayout& layout);
  /// Decodes a stored index of ShardLayout::index_bytes(). \param shard_bytes  size of the shard.
  /// \returns `codec` if the checksum is wrong, if a chunk is outside the shard, or if the chunks together are longer
  /// than the shard.
  static Result<ShardIndex> decode(const ShardLayout& layout, Bytes stored, std::uint64_t shard_bytes);

  /// Returns the range of a chunk; nothing if the shard does not contain it.
  /// \param chunk  number of the chunk in the shard, in C order.
  [[nodiscard]] std::optional<StoredRange> find(std::uint64_t chunk) const;
  void set(std::uint64_t chunk, StoredRange range);
  /// Returns the index in its stored form.
  [[nodiscard]] std::vector<std::byte> encode() const;

 private:
  const ShardLayout* layout_;
  std::vector<std::uint64_t> words_;
};

}  // namespace posixpar
