// TileDB's MD5 and SHA-256 filters: u32 number of metadata parts, u32 number of data parts, then a u64 length and a
// digest of each part. The parts are consecutive ranges of the remaining metadata and of the data. The filter passes on
// the remaining metadata and the data unchanged.
#include <algorithm>

#include "native/codecs/digest.h"
#include "native/codecs/tiledb/filter.h"

namespace posixpar::codecs::tiledb {
namespace {

/// Compares `count` digests with the digests of consecutive parts of `content`.
template <typename Digest>
bool all_match(ByteReader& digests, std::uint32_t count, Bytes content, Digest digest) {
  ByteReader pieces(content);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Bytes piece = pieces.take(digests.le<std::uint64_t>());
    if (!pieces.ok() || !digests.ok()) return false;
    const auto found = digest(piece);
    const Bytes stored = digests.take(found.size());
    if (!std::ranges::equal(stored, found)) return false;
  }
  return true;
}

template <typename Digest>
Problem undo(std::size_t digest_size, Parts& parts, Digest digest) {
  ByteReader meta(parts.meta);
  const auto meta_parts = meta.le<std::uint32_t>();
  const auto data_parts = meta.le<std::uint32_t>();
  ByteReader after = meta;
  after.take((std::uint64_t{meta_parts} + data_parts) * (8 + digest_size));
  if (!after.ok()) return "the digests exceed its data";
  const Bytes rest = after.rest();
  if (!all_match(meta, meta_parts, rest, digest)) return "wrong checksum of the metadata";
  if (!all_match(meta, data_parts, parts.data, digest)) return "wrong checksum of the data";
  parts.meta = rest;
  return nullptr;
}

}  // namespace

Problem undo_checksum(const Filter& filter, Parts& parts) {
  return filter.type == FilterType::md5 ? undo(16, parts, md5) : undo(32, parts, sha256);
}

}  // namespace posixpar::codecs::tiledb
