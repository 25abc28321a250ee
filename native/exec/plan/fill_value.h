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

/// Converts `stored` to the output type of `plan`, with its scaling, decoding and overflow mode. If the value does not
/// fit, the result contains the error, so that reads that do not need the fill value still succeed.
[[nodiscard]] Fill converted_fill(const StoredElement& stored, const Plan& plan);

}  // namespace posixpar
