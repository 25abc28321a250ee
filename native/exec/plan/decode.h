#pragma once
/// \file The plan as it crosses the boundary: one array of doubles, side tables and strings. lib/exec/wire.ts writes
/// it, by the words of native/base/generated/wire.h. Every number is checked here, so that the executor may trust a
/// Plan.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "native/base/generated/limits.h"
#include "native/base/generated/wire.h"
#include "native/base/result.h"
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

/// Reads a plan. \returns `invalid` when it contradicts itself.
Result<Plan> decode_plan(const WireInputs& inputs);

}  // namespace posixpar
