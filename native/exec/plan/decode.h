#pragma once
/// \file Decodes a plan from JavaScript. It consists of an array of numbers (words), side tables, strings and handles.
/// lib/exec/wire.ts writes the words; native/base/generated/wire.h defines their positions. All counts, positions and
/// enumerators are checked, so the executor uses those of a Plan without further checks.
#include "native/base/generated/limits.h"
#include "native/base/generated/wire.h"
#include "native/base/result.h"
#include "native/exec/plan/plan.h"
#include "native/exec/plan/wire_inputs.h"

namespace posixpar {

/// Decodes and checks a plan. \returns `invalid` if a number is out of range or contradicts another one, or if a table,
/// string or handle is missing.
Result<Plan> decode_plan(const WireInputs& inputs);

}  // namespace posixpar
