#pragma once
/// \file Unpacks the arguments that form a plan.
#include <node_api.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "native/exec/plan/wire_inputs.h"

namespace posixpar::napi {

/// Reads an array of strings. \returns false for other values.
bool read_strings(napi_env env, napi_value array, std::vector<std::string>& strings);

/// A plan as JavaScript passes it. The words and tables are memory of JavaScript.
struct PlanArgs {
  std::span<const double> words;
  std::vector<WireTable> tables;
  std::vector<std::string> strings;
  std::vector<PlanHandle> handles;

  [[nodiscard]] WireInputs inputs() const { return {words, tables, strings, handles}; }
};

/// Reads a plan from four arguments: words, tables, strings and handles.
/// \param op  name of the call, for errors.
/// \param answer  set if this function returns nothing: the value that the call must return to JS. If a handle was
/// released, it is an error object. If an argument has a wrong type, it is null, and a TypeError is pending.
std::optional<PlanArgs> read_plan_args(napi_env env, std::span<const napi_value, 4> args, const char* op,
                                       napi_value& answer);

}  // namespace posixpar::napi
