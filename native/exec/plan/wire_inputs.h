#pragma once
/// \file A plan as it is passed to the native side, before it is decoded.
#include <cstdint>
#include <span>
#include <string>

#include "native/exec/plan/plan.h"

namespace posixpar {

/// A side table: offsets and lengths are doubles, masks, file indexes, orders, extents and fills are u32.
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
