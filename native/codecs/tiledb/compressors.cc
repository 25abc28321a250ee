// TileDB's compressors: u32 number of metadata parts, u32 number of data parts, then a u32 decoded and a u32 stored
// length of each part. The data consists of the independently compressed parts: metadata parts, then data parts.
#include <algorithm>

#include "native/codecs/bzip2.h"
#include "native/codecs/inflate.h"
#include "native/codecs/lz4.h"
#include "native/codecs/tiledb/filter.h"
#include "native/codecs/zstd.h"

namespace posixpar::codecs::tiledb {
namespace {

/// Decodes pairs of a cell and its u16 big-endian run length.
bool undo_rle(Bytes in, MutableBytes out, std::size_t cell) {
  const std::size_t record = cell + 2;
  if (in.size() % record != 0) return false;
  std::byte* to = out.data();
  std::size_t room = out.size();
  for (std::size_t at = 0; at < in.size(); at += record) {
    const std::byte* value = in.data() + at;
    const std::size_t run = load_be<std::uint16_t>(value + cell);
    if (run * cell > room) return false;
    room -= run * cell;
    if (cell == 1) {
      std::memset(to, static_cast<int>(*value), run);
      to += run;
      continue;
    }
    for (std::size_t i = 0; i < run; ++i, to += cell) std::memcpy(to, value, cell);
  }
  return room == 0;
}

/// Decodes delta: a u64 count, the first value, then the differences, which wrap on overflow.
template <typename T>
bool undo_delta(Bytes in, MutableBytes out) {
  ByteReader reader(in);
  const auto count = reader.le<std::uint64_t>();
  if (!reader.ok() || count != out.size() / sizeof(T) || out.size() % sizeof(T) != 0) return false;
  const Bytes values = reader.take(out.size());
  if (!reader.ok()) return false;
  T value = 0;
  for (std::size_t at = 0; at < values.size(); at += sizeof(T)) {
    value = static_cast<T>(value + load_le<T>(values.data() + at));
    store_le(out.data() + at, value);
  }
  return true;
}

/// Decodes double delta: u8 number of bits, u64 number of values, the first two values, then a second difference for
/// each further value. A second difference has a sign bit and that number of bits. Second differences are packed, most
/// significant bit first, into little-endian u64 words. If packing would not save space, all values are stored
/// unpacked.
template <typename T>
bool undo_double_delta(Bytes in, MutableBytes out) {
  ByteReader reader(in);
  const unsigned bits = reader.le<std::uint8_t>();
  const auto count = reader.le<std::uint64_t>();
  if (!reader.ok() || count != out.size() / sizeof(T) || out.size() % sizeof(T) != 0) return false;
  if (bits >= 8 * sizeof(T) - 1) {
    const Bytes plain = reader.take(out.size());
    if (!reader.ok()) return false;
    std::ranges::copy(plain, out.begin());
    return true;
  }
  const std::size_t heads = std::min<std::size_t>(static_cast<std::size_t>(count), 2);
  const Bytes plain = reader.take(heads * sizeof(T));
  if (!reader.ok()) return false;
  std::ranges::copy(plain, out.begin());
  if (count <= 2) return true;

  const Bytes words = reader.rest();
  if ((count - 2) * (bits + 1) > words.size() / 8 * 64) return false;
  auto before = load_le<T>(out.data());
  auto last = load_le<T>(out.data() + sizeof(T));
  std::size_t word = 0;
  std::uint64_t buffer = 0;  // Unread bits of the current word, in the high bits.
  unsigned left = 0;
  const auto take_bits = [&](unsigned n) -> std::uint64_t {
    std::uint64_t v = 0;
    while (n > 0) {
      if (left == 0) {
        buffer = load_le<std::uint64_t>(words.data() + 8 * word++);
        left = 64;
      }
      const unsigned now = std::min(n, left);
      v = now == 64 ? buffer : v << now | buffer >> (64 - now);
      buffer = now == 64 ? 0 : buffer << now;
      left -= now;
      n -= now;
    }
    return v;
  };
  for (std::size_t i = 2; i < count; ++i) {
    const bool negative = take_bits(1) != 0;
    const std::uint64_t size = take_bits(bits);
    const auto change = static_cast<T>(negative ? 0 - size : size);
    const auto value = static_cast<T>(change + 2 * last - before);
    store_le(out.data() + i * sizeof(T), value);
    before = last;
    last = value;
  }
  return true;
}

bool undo_part(const Filter& filter, Bytes in, MutableBytes out) {
  const auto by_width = [&](auto of) {
    switch (filter.element.width) {
      case 1:
        return of(std::uint8_t{});
      case 2:
        return of(std::uint16_t{});
      case 4:
        return of(std::uint32_t{});
      default:
        return of(std::uint64_t{});
    }
  };
  switch (filter.type) {
    case FilterType::gzip:
      return inflate_exact(in, out);
    case FilterType::zstd:
      return zstd_decode(in, out) == out.size();
    case FilterType::lz4:
      return lz4_decode(in, out) == out.size();
    case FilterType::bzip2:
      return bzip2_decode(in, out) == out.size();
    case FilterType::rle:
      return undo_rle(in, out, filter.cell);
    case FilterType::delta:
      return by_width([&]<typename T>(T) { return undo_delta<T>(in, out); });
    default:
      return by_width([&]<typename T>(T) { return undo_double_delta<T>(in, out); });
  }
}

/// Total lengths of several parts.
struct Total {
  std::uint64_t decoded = 0;
  std::uint64_t stored = 0;
};
Total add_up(ByteReader& lengths, std::uint32_t count) {
  Total t;
  for (std::uint32_t i = 0; i < count && lengths.ok(); ++i) {
    t.decoded += lengths.le<std::uint32_t>();
    t.stored += lengths.le<std::uint32_t>();
  }
  return t;
}

}  // namespace

Problem undo_compressor(const Filter& filter, Parts& parts, Output& output) {
  ByteReader meta(parts.meta);
  const auto meta_parts = meta.le<std::uint32_t>();
  const auto data_parts = meta.le<std::uint32_t>();
  ByteReader sums = meta;
  const Total meta_total = add_up(sums, meta_parts);
  const Total data_total = add_up(sums, data_parts);
  if (!sums.ok() || meta_total.stored + data_total.stored > parts.data.size())
    return "the part lengths exceed its data";
  const Output::Room room = output.take(meta_total.decoded, data_total.decoded);
  if (!room.ok) return "its decoded size does not match";

  ByteReader data(parts.data);
  // Skips the metadata parts of the last filter, which nothing reads.
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < meta_parts; ++i) {
    const std::size_t size = meta.le<std::uint32_t>();
    const Bytes stored = data.take(meta.le<std::uint32_t>());
    if (output.last()) continue;
    if (!undo_part(filter, stored, room.meta.subspan(at, size))) return "its metadata does not decompress";
    at += size;
  }
  at = 0;
  for (std::uint32_t i = 0; i < data_parts; ++i) {
    const std::size_t size = meta.le<std::uint32_t>();
    const Bytes stored = data.take(meta.le<std::uint32_t>());
    if (!undo_part(filter, stored, room.data.subspan(at, size))) return "its data does not decompress";
    at += size;
  }
  parts = {room.meta, room.data};
  return nullptr;
}

}  // namespace posixpar::codecs::tiledb
