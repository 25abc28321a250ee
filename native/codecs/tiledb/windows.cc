// The two TileDB filters that store integers relative to an offset per window of the data.
//
// Bit-width reduction: u32 decoded length, u32 number of windows, then for each window its offset, u8 number of bits
// per integer and u32 decoded length in bytes. Integers are stored in 8, 16 or 32 bits, or unchanged if that would not
// save space. Positive delta: u32 number of windows, then for each window its offset and u32 length in bytes. Each
// integer is the difference to its predecessor; the first integer is the difference to the offset.
#include <limits>
#include <type_traits>

#include "native/codecs/tiledb/filter.h"

namespace posixpar::codecs::tiledb {
namespace {

struct Window {
  std::uint64_t offset = 0;
  unsigned bits = 0;  ///< Bits per stored integer; 0 if the window is stored unchanged.
  std::size_t size = 0;

  [[nodiscard]] std::uint64_t stored_size(std::size_t width) const {
    return bits == 0 ? size : std::uint64_t{size} / width * (bits / 8);
  }
};

/// Reads the header of a window. If the integers are packed, makes `reader` fail unless they have 8, 16 or 32 bits.
Window read_window(const Filter& filter, ByteReader& reader) {
  const std::size_t width = filter.element.width;
  const bool delta = filter.type == FilterType::positive_delta;
  Window w;
  const Bytes offset = reader.take(width);
  if (!offset.empty()) std::memcpy(&w.offset, offset.data(), width);
  const unsigned bits = delta ? static_cast<unsigned>(8 * width) : reader.le<std::uint8_t>();
  w.size = reader.le<std::uint32_t>();
  if (w.size % width != 0 || (!delta && bits >= 8 * width)) return w;
  if (bits != 8 && bits != 16 && bits != 32 && bits != 64) reader.take(std::numeric_limits<std::uint64_t>::max());
  w.bits = bits;
  return w;
}

template <typename T, typename Stored>
void widen(const Window& w, Bytes in, std::byte* out) {
  const auto offset = static_cast<T>(w.offset);
  for (std::size_t at = 0; at < in.size(); at += sizeof(Stored), out += sizeof(T)) {
    // Signed types are stored as signed integers, so the value is sign-extended.
    store_le(out, static_cast<T>(static_cast<T>(load_le<Stored>(in.data() + at)) + offset));
  }
}

template <typename T>
void widen(const Window& w, bool is_signed, Bytes in, std::byte* out) {
  switch (w.bits) {
    case 8:
      return is_signed ? widen<T, std::int8_t>(w, in, out) : widen<T, std::uint8_t>(w, in, out);
    case 16:
      return is_signed ? widen<T, std::int16_t>(w, in, out) : widen<T, std::uint16_t>(w, in, out);
    default:
      return is_signed ? widen<T, std::int32_t>(w, in, out) : widen<T, std::uint32_t>(w, in, out);
  }
}

template <typename T>
void add_up(const Window& w, Bytes in, std::byte* out) {
  auto value = static_cast<T>(w.offset);
  for (std::size_t at = 0; at < in.size(); at += sizeof(T)) {
    value = static_cast<T>(value + load_le<T>(in.data() + at));
    store_le(out + at, value);
  }
}

void undo_window(const Filter& filter, const Window& w, Bytes in, std::byte* out) {
  if (in.empty()) return;
  if (w.bits == 0) {
    std::memcpy(out, in.data(), in.size());
    return;
  }
  const auto undo = [&]<typename T>(T) {
    if (filter.type == FilterType::positive_delta) {
      add_up<T>(w, in, out);
    } else {
      widen<T>(w, filter.element.kind != TypeClass::unsigned_int, in, out);
    }
  };
  switch (filter.element.width) {
    case 1:
      return undo(std::uint8_t{});
    case 2:
      return undo(std::uint16_t{});
    case 4:
      return undo(std::uint32_t{});
    default:
      return undo(std::uint64_t{});
  }
}

}  // namespace

Problem undo_windows(const Filter& filter, Parts& parts, Output& output) {
  ByteReader meta(parts.meta);
  if (filter.type == FilterType::bit_width)
    meta.take(4);  // Skips the total length, because it is the sum of the lengths of the windows.
  const auto count = meta.le<std::uint32_t>();
  ByteReader sums = meta;
  std::uint64_t stored_total = 0;
  std::uint64_t decoded_total = 0;
  for (std::uint32_t i = 0; i < count && sums.ok(); ++i) {
    const Window w = read_window(filter, sums);
    stored_total += w.stored_size(filter.element.width);
    decoded_total += w.size;
  }
  if (!sums.ok() || stored_total > parts.data.size()) return "the windows exceed its data";
  const Bytes rest = sums.rest();
  const Output::Room room = output.take(rest.size(), decoded_total);
  if (!room.ok) return "its decoded size does not match";

  ByteReader data(parts.data);
  std::byte* to = room.data.data();
  for (std::uint32_t i = 0; i < count; ++i) {
    const Window w = read_window(filter, meta);
    undo_window(filter, w, data.take(w.stored_size(filter.element.width)), to);
    to += w.size;
  }
  if (!room.meta.empty()) std::memcpy(room.meta.data(), rest.data(), rest.size());
  parts = {room.meta, room.data};
  return nullptr;
}

}  // namespace posixpar::codecs::tiledb
