// Applies the byte shuffle and the bit shuffle, for writing.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "native/kernels/shuffle.h"

namespace posixpar {
namespace {

/// Transposes an 8x8 matrix of bits. Byte i is row i, and its least significant bit is column 0. Source: Hacker's
/// Delight, section 7-3.
std::uint64_t transpose_bits(std::uint64_t x) {
  std::uint64_t t = (x ^ (x >> 7U)) & 0x00AA00AA00AA00AAULL;
  x ^= t ^ (t << 7U);
  t = (x ^ (x >> 14U)) & 0x0000CCCC0000CCCCULL;
  x ^= t ^ (t << 14U);
  t = (x ^ (x >> 28U)) & 0x00000000F0F0F0F0ULL;
  return x ^ t ^ (t << 28U);
}

}  // namespace

void shuffle_bytes(const std::byte* in, std::byte* out, std::size_t element_size, std::size_t elements) {
  if (element_size == 1) {
    if (elements != 0) std::memcpy(out, in, elements);
    return;
  }
  // Visits a part of the input at a time, so that it stays in the L1 cache while each plane is written.
  constexpr std::size_t kPartBytes = 8192;
  const std::size_t part = std::max<std::size_t>(kPartBytes / element_size, 1);
  for (std::size_t first = 0; first < elements; first += part) {
    const std::size_t count = std::min(part, elements - first);
    const std::byte* from = in + first * element_size;
    for (std::size_t b = 0; b < element_size; ++b) {
      std::byte* plane = out + b * elements + first;
      for (std::size_t i = 0; i < count; ++i) plane[i] = from[i * element_size + b];
    }
  }
}

void bit_shuffle(const std::byte* in, std::byte* out, std::size_t element_size, std::size_t elements) {
  const std::size_t plane = elements / 8;
  for (std::size_t b = 0; b < element_size; ++b) {
    for (std::size_t group = 0; group < plane; ++group) {
      const std::byte* from = in + group * 8 * element_size + b;
      std::uint64_t rows = 0;
      for (std::size_t i = 0; i < 8; ++i) rows |= std::to_integer<std::uint64_t>(from[i * element_size]) << (8 * i);
      rows = transpose_bits(rows);
      for (std::size_t bit = 0; bit < 8; ++bit) {
        out[(b * 8 + bit) * plane + group] = static_cast<std::byte>((rows >> (8 * bit)) & 0xFFU);
      }
    }
  }
}

}  // namespace posixpar
