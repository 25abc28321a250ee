#pragma once
/// \file Decodes a plan from JavaScript, which consists of an array of numbers (words), side tables and strings.
/// lib/exec/wire.ts writes them; native/base/generated/wire.h defines the positions of the words. Every number is
/// checked here, so the executor may trust a Plan.
#include "native/base/generated/limits.h"
#include "native/base/generated/wire.h"
#include "native/base/result.h"
#include "native/exec/plan/plan.h"
#include "native/exec/plan/wire_inputs.h"

namespace posixpar {

/// Decodes and checks a plan. \returns `invalid` if a number is out of range or contradicts another one.
Result<Plan> decode_plan(const WireInputs& inputs);

}  // namespace posixpar
