#pragma once
/// \file Element types.
#include <cstddef>
#include <cstdint>

#include "native/base/generated/dtypes.h"

namespace posixpar {

/// Bytes of one element.
[[nodiscard]] constexpr std::size_t dtype_size(DType t) { return kDTypeSizes[static_cast<std::size_t>(t)]; }

/// Bytes that are swapped as one unit when the byte order changes.
[[nodiscard]] constexpr std::size_t dtype_swap_size(DType t) { return kDTypeSwapSizes[static_cast<std::size_t>(t)]; }

}  // namespace posixpar
