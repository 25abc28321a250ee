#pragma once
/// \file The fill value of a plan: one stored element, converted like the elements of chunks.
#include <array>
#include <cstddef>

#include "native/exec/plan/plan.h"

namespace posixpar {

/// An element of the stored type, in the machine's byte order.
struct StoredElement {
  DType type = DType::uint8;
  std::array<std::byte, 16> bytes{};
};

/// Converts `stored` by the type, scaling, decoding and overflow of `plan`. If the value does not fit, the error is
/// stored in the result, because only reads that need the fill value must fail.
[[nodiscard]] Fill converted_fill(const StoredElement& stored, const Plan& plan);

}  // namespace posixpar
