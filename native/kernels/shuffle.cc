#include "native/kernels/shuffle.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "native/kernels/copy_run.h"
#include "native/kernels/shuffle_variants.h"

namespace posixpar {
namespace {

using shuffle_detail::shuffle_kernels;

/// Elements per block. The strided writes of one block stay within the L1 cache.
constexpr std::size_t kBlock = 512;

void unshuffle_scalar(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                      std::size_t elements) {
  for (std::size_t begin = 0; begin < elements; begin += kBlock) {
    const std::size_t end = std::min(elements, begin + kBlock);
    for (std::size_t j = 0; j < element_size; ++j) {
      const std::byte* plane = in + j * plane_bytes;
      for (std::size_t i = begin; i < end; ++i) out[i * element_size + j] = plane[i];
    }
  }
}

/// Transposes the 8x8 bit matrix `x`: bit c of byte r becomes bit r of byte c.
std::uint64_t transpose_bits(std::uint64_t x) {
  std::uint64_t t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAULL;
  x ^= t ^ (t << 7);
  t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCULL;
  x ^= t ^ (t << 14);
  t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0ULL;
  return x ^ t ^ (t << 28);
}

void join_bits_scalar(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t elements) {
  for (std::size_t group = 0; group < elements / 8; ++group) {
    std::uint64_t bits = 0;
    for (std::size_t k = 0; k < 8; ++k) bits |= std::to_integer<std::uint64_t>(in[k * plane_bytes + group]) << (8 * k);
    bits = transpose_bits(bits);
    for (std::size_t i = 0; i < 8; ++i) out[8 * group + i] = static_cast<std::byte>((bits >> (8 * i)) & 0xFF);
  }
}

void join_bits(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t elements) {
  const std::size_t done = shuffle_kernels(active_isa()).join_bits(in, plane_bytes, out, elements);
  join_bits_scalar(in + done / 8, plane_bytes, out + done, elements - done);
}

}  // namespace

namespace shuffle_detail {

const ShuffleKernels& shuffle_kernels(Isa isa) {
  static constexpr ShuffleKernels kScalar = {
      [](const std::byte*, std::size_t, std::byte*, std::size_t, std::size_t) -> std::size_t { return 0; },
      [](const std::byte*, std::size_t, std::byte*, std::size_t) -> std::size_t { return 0; },
  };
#if defined(__x86_64__)
  if (isa == Isa::avx2) return kShuffleAvx2;
  if (isa == Isa::sse4) return kShuffleSse4;
#else
  (void)isa;
#endif
  return kScalar;
}

}  // namespace shuffle_detail

void unshuffle_bytes_part(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                          std::size_t elements) {
  if (elements == 0 || element_size == 0) return;
  if (element_size == 1) {
    copy_run(in, out, elements);
    return;
  }
  const std::size_t done = shuffle_kernels(active_isa()).unshuffle(in, plane_bytes, out, element_size, elements);
  unshuffle_scalar(in + done, plane_bytes, out + done * element_size, element_size, elements - done);
}

void unshuffle_bytes(const std::byte* in, std::byte* out, std::size_t element_size, std::size_t elements) {
  unshuffle_bytes_part(in, elements, out, element_size, elements);
}

void bit_unshuffle_part(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                        std::size_t elements) {
  if (element_size == 1) {
    join_bits(in, plane_bytes, out, elements);
    return;
  }
  // For each block of kBlock elements: joins every eight bit planes into one byte plane, then interleaves the byte
  // planes to elements. The byte planes of a block stay in the L1 cache. Elements wider than kMaxPlanes bytes are
  // converted kMaxPlanes bytes at a time.
  constexpr std::size_t kMaxPlanes = 16;
  std::array<std::byte, kMaxPlanes * kBlock> planes;
  for (std::size_t begin = 0; begin < elements; begin += kBlock) {
    const std::size_t count = std::min(kBlock, elements - begin);
    for (std::size_t first = 0; first < element_size; first += kMaxPlanes) {
      const std::size_t width = std::min(kMaxPlanes, element_size - first);
      for (std::size_t j = 0; j < width; ++j) {
        join_bits(in + (first + j) * 8 * plane_bytes + begin / 8, plane_bytes, planes.data() + j * kBlock, count);
      }
      std::byte* to = out + begin * element_size + first;
      if (width == element_size) {
        unshuffle_bytes_part(planes.data(), kBlock, to, element_size, count);
        continue;
      }
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j < width; ++j) to[i * element_size + j] = planes[j * kBlock + i];
      }
    }
  }
}

void bit_unshuffle(const std::byte* in, std::byte* out, std::size_t element_size, std::size_t elements) {
  bit_unshuffle_part(in, elements / 8, out, element_size, elements);
}

}  // namespace posixpar
