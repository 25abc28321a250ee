#include "native/exec/write/shard_layout.h"

#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "native/base/checked.h"
#include "native/codecs/crc32c.h"

namespace posixpar {
namespace {

constexpr std::uint64_t kAbsent = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kWordBytes = 8;

Error damaged(std::string message) {
  return {.kind = ErrorKind::codec, .op = "shard index", .path = {}, .message = std::move(message)};
}

/// Converts a word between the byte order of the index and the byte order of the machine.
std::uint64_t reorder(std::uint64_t word, bool big_endian) {
  return big_endian == (std::endian::native == std::endian::big) ? word : __builtin_bswap64(word);
}

/// Stores a checksum, which is always little-endian.
void store_checksum(std::byte* into, std::uint32_t checksum) {
  for (unsigned i = 0; i < 4; i++) into[i] = static_cast<std::byte>(checksum >> (8 * i) & 0xffU);
}

}  // namespace

Status ShardLayout::check() const {
  std::vector<bool> used(2 * chunk_count());
  for (std::uint64_t chunk = 0; chunk < chunk_count(); chunk++) {
    const std::uint64_t first = word_of(chunk);
    for (const std::uint64_t word : {first, first + length_stride}) {
      if (word >= used.size() || used[word]) {
        return Error{.kind = ErrorKind::invalid, .op = "write", .path = {}, .message = "the strides of a shard index"};
      }
      used[word] = true;
    }
  }
  return {};
}

std::uint64_t ShardLayout::chunk_count() const {
  std::uint64_t count = 1;
  for (const Dim& dim : dims) count *= dim.count;
  return count;
}

std::uint64_t ShardLayout::word_of(std::uint64_t chunk) const {
  std::uint64_t word = 0;
  for (std::size_t d = dims.size(); d-- > 0;) {
    word += chunk % dims[d].count * dims[d].stride;
    chunk /= dims[d].count;
  }
  return word;
}

ShardIndex::ShardIndex(const ShardLayout& layout) : layout_(&layout), words_(2 * layout.chunk_count(), kAbsent) {}

Result<ShardIndex> ShardIndex::decode(const ShardLayout& layout, Bytes stored, std::uint64_t shard_bytes) {
  ShardIndex index(layout);
  const std::size_t bytes = index.words_.size() * kWordBytes;
  if (stored.size() != layout.index_bytes()) return damaged("the index is too short");
  if (layout.has_checksum) {
    std::byte found[4];
    store_checksum(found, codecs::crc32c(stored.first(bytes)));
    if (std::memcmp(found, stored.data() + bytes, sizeof found) != 0) return damaged("the CRC-32C is wrong");
  }
  for (std::size_t w = 0; w < index.words_.size(); w++) {
    std::uint64_t word = 0;
    std::memcpy(&word, stored.data() + w * kWordBytes, kWordBytes);
    index.words_[w] = reorder(word, layout.big_endian);
  }
  std::uint64_t total = 0;
  for (std::uint64_t chunk = 0; chunk < layout.chunk_count(); chunk++) {
    const auto range = index.find(chunk);
    if (!range) continue;
    const auto end = checked_add(range->offset, range->length);
    const auto sum = checked_add(total, range->length);
    // Limits the sum of the lengths, too: chunks that overlap could need more memory than the shard has bytes.
    if (!end || *end > shard_bytes || !sum || *sum > shard_bytes) {
      return damaged("chunk " + std::to_string(chunk) + " has offset " + std::to_string(range->offset) +
                     " and length " + std::to_string(range->length) + ", the shard has " + std::to_string(shard_bytes) +
                     " bytes");
    }
    total = *sum;
  }
  return index;
}

std::optional<StoredRange> ShardIndex::find(std::uint64_t chunk) const {
  const std::uint64_t word = layout_->word_of(chunk);
  const StoredRange range{words_[word], words_[word + layout_->length_stride]};
  if (range.offset == kAbsent && range.length == kAbsent) return std::nullopt;
  return range;
}

void ShardIndex::set(std::uint64_t chunk, StoredRange range) {
  const std::uint64_t word = layout_->word_of(chunk);
  words_[word] = range.offset;
  words_[word + layout_->length_stride] = range.length;
}

std::vector<std::byte> ShardIndex::encode() const {
  std::vector<std::byte> stored(layout_->index_bytes());
  for (std::size_t w = 0; w < words_.size(); w++) {
    const std::uint64_t word = reorder(words_[w], layout_->big_endian);
    std::memcpy(stored.data() + w * kWordBytes, &word, kWordBytes);
  }
  const std::size_t bytes = words_.size() * kWordBytes;
  if (layout_->has_checksum) store_checksum(stored.data() + bytes, codecs::crc32c(Bytes(stored).first(bytes)));
  return stored;
}

}  // namespace posixpar
