#pragma once
/// \file Element types.
#include <cstddef>
#include <cstdint>

#include "native/base/generated/dtypes.h"

namespace posixpar {

/// Returns the size of an element in bytes.
[[nodiscard]] constexpr std::size_t dtype_size(DType t) { return kDTypeSizes[static_cast<std::size_t>(t)]; }

/// Returns the number of bytes that a byte swap reverses together: half the element for complex types.
[[nodiscard]] constexpr std::size_t dtype_swap_size(DType t) { return kDTypeSwapSizes[static_cast<std::size_t>(t)]; }

}  // namespace posixpar
