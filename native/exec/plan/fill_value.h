#pragma once
/// \file The fill value of a plan: one stored element, converted like the elements of chunks.
#include <array>
#include <cstddef>

#include "native/exec/plan/plan.h"

namespace posixpar {

/// An element as chunks hold it, in the machine's byte order.
struct StoredElement {
  DType type = DType::uint8;
  std::array<std::byte, 16> bytes{};
};

/// Converts `stored` by the type, scaling, decoding and overflow of `plan`. A value that does not fit is no error of
/// the plan: only a read that needs it fails.
[[nodiscard]] Fill converted_fill(const StoredElement& stored, const Plan& plan);

}  // namespace posixpar
