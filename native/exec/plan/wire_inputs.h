#pragma once
/// \file Defines the encoded form of a plan, in which JavaScript passes it to C++.
#include <cstdint>
#include <span>
#include <string>

#include "native/exec/plan/plan.h"

namespace posixpar {

/// Side table of a plan. The words of the plan refer to it by its index. The table has either doubles (such as offsets,
/// lengths, stamps and segments) or 32-bit words (such as masks, file indexes, orders, uses and inline bytes).
struct WireTable {
  std::span<const double> doubles;
  std::span<const std::uint32_t> words;
};

/// A plan with its tables, strings and handles. The caller owns them for the duration of decode_plan.
struct WireInputs {
  std::span<const double> plan;
  std::span<const WireTable> tables;
  std::span<const std::string> strings;
  std::span<const PlanHandle> handles;
};

}  // namespace posixpar
