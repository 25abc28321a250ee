#include "native/codecs/snappy.h"

#include <cstring>

#include "native/codecs/lz_copy.h"

namespace posixpar::codecs {
namespace {

/// Loads a little-endian number of `size` (0 to 4) bytes. The caller ensures that they are in bounds.
std::size_t little_endian(const std::byte* p, std::size_t size) {
  std::size_t v = 0;
  for (std::size_t i = 0; i < size; ++i) v |= static_cast<std::size_t>(p[i]) << (8 * i);
  return v;
}

}  // namespace

bool snappy_decode(Bytes in, MutableBytes out) {
  const std::byte* ip = in.data();
  const std::byte* const in_end = ip + in.size();
  // Decoded size, a varint of at most 5 bytes.
  std::uint64_t size = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (ip == in_end || shift > 28) return false;
    const auto b = static_cast<std::uint64_t>(*ip++);
    size |= (b & 127U) << shift;
    if (b < 128) break;
  }
  if (size != out.size()) return false;

  std::byte* op = out.data();
  std::byte* const out_end = op + out.size();
  while (ip < in_end) {
    const auto tag = static_cast<std::size_t>(*ip++);
    const std::size_t kind = tag & 3U;
    const std::size_t high = tag >> 2U;
    // Number of bytes after the tag that hold the length of a long literal, or the offset of a copy.
    const std::size_t extra = kind == 0 ? (high < 60 ? 0 : high - 59) : kind == 3 ? 4 : kind;
    if (extra > static_cast<std::size_t>(in_end - ip)) return false;
    const std::size_t value = little_endian(ip, extra);
    ip += extra;
    const auto room = static_cast<std::size_t>(out_end - op);
    if (kind == 0) {
      const std::size_t length = (high < 60 ? high : value) + 1;
      if (length > static_cast<std::size_t>(in_end - ip) || length > room) return false;
      std::memcpy(op, ip, length);
      ip += length;
      op += length;
      continue;
    }
    const std::size_t length = kind == 1 ? (high & 7U) + 4 : high + 1;
    const std::size_t distance = kind == 1 ? (high >> 3U) << 8U | value : value;
    if (distance == 0 || distance > static_cast<std::size_t>(op - out.data()) || length > room) return false;
    copy_back_reference(op, distance, length, out_end);
    op += length;
  }
  return op == out_end;
}

}  // namespace posixpar::codecs
