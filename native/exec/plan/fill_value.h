#pragma once
/// \file Converts the fill value of a plan in the same way as stored elements.
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
/// fit the type, Fill::error is set. So a read that does not need the fill value still succeeds.
[[nodiscard]] Fill converted_fill(const StoredElement& stored, const Plan& plan);

}  // namespace posixpar
