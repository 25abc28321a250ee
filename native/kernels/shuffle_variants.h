#pragma once
/// \file Internal to shuffle.cc: the two kernels that are specific to an instruction set.
#include <cstddef>

#include "native/kernels/isa.h"

namespace posixpar::shuffle_detail {

/// Each kernel returns the number of leading elements that it has converted. The scalar version converts the remaining
/// elements.
struct ShuffleKernels {
  /// Interleaves the first `elements` bytes of `element_size` planes, which are `plane_bytes` apart.
  std::size_t (*unshuffle)(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                           std::size_t elements);
  /// Combines 8 bit planes, `plane_bytes` apart, into `elements` bytes; `elements` is a multiple of 8.
  std::size_t (*join_bits)(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t elements);
};

[[nodiscard]] const ShuffleKernels& shuffle_kernels(Isa isa);

#if defined(__x86_64__)
extern const ShuffleKernels kShuffleSse4;
extern const ShuffleKernels kShuffleAvx2;
#endif

}  // namespace posixpar::shuffle_detail
