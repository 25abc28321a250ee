#pragma once
/// \file Adds a box of elements to the states of a reduction.
#include <cstddef>
#include <cstdint>
#include <span>

#include "native/kernels/reduce/state.h"

namespace posixpar {

/// One dimension of a box. The source step is in elements, the output step in states.
struct ReduceDim {
  std::uint64_t count = 1;
  std::uint64_t source_step = 0;
  std::uint64_t output_step = 0;  ///< 0 if the dimension is reduced.
};

/// Adds the elements of the box `dims` at `source` to the states at `states`.
/// \param mask  one byte per element, at the same position as in `source`: nonzero if the element must be left out. If
/// `mask` is null, no element is masked. \pre the type is real, and there are at most kMaxRank dimensions.
void reduce_box(const ReduceSpec& spec, const std::byte* source, const std::uint8_t* mask,
                std::span<const ReduceDim> dims, std::uint64_t* states);

}  // namespace posixpar
