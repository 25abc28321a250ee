#pragma once
/// \file Internal to shuffle.cc: the two building blocks, one set per instruction set.
#include <cstddef>

#include "native/kernels/isa.h"

namespace posixpar::shuffle_detail {

/// Both return how many leading elements they did; the caller does the rest with the scalar reference.
struct ShuffleKernels {
  /// Interleaves `element_size` planes, `plane_bytes` apart, of which the first `elements` bytes count.
  std::size_t (*unshuffle)(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                           std::size_t elements);
  /// Turns 8 bit planes, `plane_bytes` apart, into `elements` (a multiple of 8) bytes.
  std::size_t (*join_bits)(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t elements);
};

[[nodiscard]] const ShuffleKernels& shuffle_kernels(Isa isa);

#if defined(__x86_64__)
extern const ShuffleKernels kShuffleSse4;
extern const ShuffleKernels kShuffleAvx2;
#endif

}  // namespace posixpar::shuffle_detail
