// Filters that transform each part independently: u32 number of parts, then the u32 length of each part.
#include "native/codecs/tiledb/filter.h"
#include "native/kernels/shuffle.h"

namespace posixpar::codecs::tiledb {
namespace {

/// Undoes a byte shuffle: byte j of element i is at j * elements + i. Bytes that do not fill an element are stored
/// last.
void undo_byteshuffle(Bytes in, std::byte* out, std::size_t width) {
  const std::size_t elements = in.size() / width;
  unshuffle_bytes(in.data(), out, width, elements);
  const std::size_t whole = elements * width;
  if (in.size() > whole) std::memcpy(out + whole, in.data() + whole, in.size() - whole);
}

/// Undoes the bit shuffle of independent 8 KiB blocks; elements beyond a multiple of 8 are not shuffled. A part whose
/// length is not a multiple of 8 bytes and of the element size is stored unshuffled.
void undo_bitshuffle(Bytes in, std::byte* out, std::size_t width) {
  if (in.size() % width != 0 || in.size() % 8 != 0) {
    if (!in.empty()) std::memcpy(out, in.data(), in.size());
    return;
  }
  constexpr std::size_t kBlock = 8192;
  while (!in.empty()) {
    const Bytes block = in.first(in.size() < kBlock ? in.size() : kBlock);
    const std::size_t elements = block.size() / width / 8 * 8;
    const std::size_t whole = elements * width;
    bit_unshuffle(block.data(), out, width, elements);
    if (block.size() > whole) std::memcpy(out + whole, block.data() + whole, block.size() - whole);
    in = in.subspan(block.size());
    out += block.size();
  }
}

/// Undoes the exclusive or of each value with its predecessor.
template <typename T>
void undo_xor(Bytes in, std::byte* out) {
  const std::size_t whole = in.size() / sizeof(T) * sizeof(T);
  T value = 0;
  for (std::size_t at = 0; at < whole; at += sizeof(T)) {
    value = static_cast<T>(value ^ load_le<T>(in.data() + at));
    store_le(out + at, value);
  }
  if (in.size() > whole) std::memcpy(out + whole, in.data() + whole, in.size() - whole);
}

/// Converts integers of type `Stored` to scale * stored + offset.
template <typename Value, typename Stored>
void undo_float_scale(Bytes in, std::byte* out, double scale, double offset) {
  for (std::size_t at = 0; at + sizeof(Stored) <= in.size(); at += sizeof(Stored), out += sizeof(Value)) {
    const auto value = static_cast<Value>(load_le<Stored>(in.data() + at));
    store_le(out, static_cast<Value>(scale * static_cast<double>(value) + offset));
  }
}

template <typename Value>
void undo_float_scale(const Filter& filter, Bytes in, std::byte* out) {
  switch (filter.stored_width) {
    case 1:
      return undo_float_scale<Value, std::int8_t>(in, out, filter.scale, filter.offset);
    case 2:
      return undo_float_scale<Value, std::int16_t>(in, out, filter.scale, filter.offset);
    case 4:
      return undo_float_scale<Value, std::int32_t>(in, out, filter.scale, filter.offset);
    default:
      return undo_float_scale<Value, std::int64_t>(in, out, filter.scale, filter.offset);
  }
}

void undo_part(const Filter& filter, Bytes in, std::byte* out) {
  const std::size_t width = filter.element.width;
  switch (filter.type) {
    case FilterType::byteshuffle:
      return undo_byteshuffle(in, out, width);
    case FilterType::bitshuffle:
      return undo_bitshuffle(in, out, width);
    case FilterType::float_scale:
      return width == 4 ? undo_float_scale<float>(filter, in, out) : undo_float_scale<double>(filter, in, out);
    default:
      switch (width) {
        case 1:
          return undo_xor<std::uint8_t>(in, out);
        case 2:
          return undo_xor<std::uint16_t>(in, out);
        case 4:
          return undo_xor<std::uint32_t>(in, out);
        default:
          return undo_xor<std::uint64_t>(in, out);
      }
  }
}

}  // namespace

Problem undo_per_part(const Filter& filter, Parts& parts, Output& output) {
  const bool scales = filter.type == FilterType::float_scale;
  const auto decoded_size = [&](std::uint64_t stored) {
    return scales ? stored / filter.stored_width * filter.element.width : stored;
  };
  ByteReader meta(parts.meta);
  const auto count = meta.le<std::uint32_t>();
  ByteReader sums = meta;
  std::uint64_t stored_total = 0;
  std::uint64_t decoded_total = 0;
  for (std::uint32_t i = 0; i < count && sums.ok(); ++i) {
    const std::uint64_t size = sums.le<std::uint32_t>();
    stored_total += size;
    decoded_total += decoded_size(size);
  }
  if (!sums.ok() || stored_total > parts.data.size()) return "the part lengths exceed its data";
  const Bytes rest = sums.rest();
  const Output::Room room = output.take(rest.size(), decoded_total);
  if (!room.ok) return "its decoded size does not match";

  ByteReader data(parts.data);
  std::byte* to = room.data.data();
  for (std::uint32_t i = 0; i < count; ++i) {
    const Bytes in = data.take(meta.le<std::uint32_t>());
    undo_part(filter, in, to);
    to += decoded_size(in.size());
  }
  if (!room.meta.empty()) std::memcpy(room.meta.data(), rest.data(), rest.size());
  parts = {room.meta, room.data};
  return nullptr;
}

}  // namespace posixpar::codecs::tiledb
