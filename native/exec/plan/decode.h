#pragma once
/// \file Decodes a plan from JavaScript: one array of numbers (words), side tables and strings. lib/exec/wire.ts writes
/// them; native/base/generated/wire.h defines the positions of the words. Every number is checked here, so the executor
/// may trust a Plan.
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

/// Decodes and checks a plan. \returns `invalid` if a number is out of range or contradicts another one.
Result<Plan> decode_plan(const WireInputs& inputs);

}  // namespace posixpar
