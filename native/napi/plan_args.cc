#include "native/napi/plan_args.h"

#include "native/napi/handles.h"
#include "native/napi/values.h"

namespace posixpar::napi {
namespace {

/// Reads an array of Float64Array and Uint32Array. \returns false for other values.
bool read_tables(napi_env env, napi_value array, std::vector<WireTable>& tables) {
  const auto count = array_length(env, array);
  if (!count) return false;
  tables.reserve(*count);
  for (std::uint32_t i = 0; i < *count; i++) {
    const auto view = to_view(env, element(env, array, i));
    if (!view) return false;
    WireTable table;
    if (view->type == napi_float64_array) {
      table.doubles = {reinterpret_cast<const double*>(view->data), view->bytes / sizeof(double)};
    } else if (view->type == napi_uint32_array) {
      table.words = {reinterpret_cast<const std::uint32_t*>(view->data), view->bytes / sizeof(std::uint32_t)};
    } else {
      return false;
    }
    tables.push_back(table);
  }
  return true;
}

enum class HandleState : std::uint8_t { open, released, foreign };

/// Reads an array of handles. \returns `released` if a handle was released, `foreign` if a value is no handle.
HandleState read_handles(napi_env env, napi_value array, std::vector<PlanHandle>& handles) {
  const auto count = array_length(env, array);
  if (!count) return HandleState::foreign;
  handles.reserve(*count);
  for (std::uint32_t i = 0; i < *count; i++) {
    napi_value value = element(env, array, i);
    const PlanHandle* handle = unwrap_handle(env, value);
    if (handle == nullptr) return is_handle(env, value) ? HandleState::released : HandleState::foreign;
    handles.push_back(*handle);
  }
  return HandleState::open;
}

}  // namespace

bool read_strings(napi_env env, napi_value array, std::vector<std::string>& strings) {
  const auto count = array_length(env, array);
  if (!count) return false;
  strings.reserve(*count);
  for (std::uint32_t i = 0; i < *count; i++) {
    auto text = to_string(env, element(env, array, i));
    if (!text) return false;
    strings.push_back(std::move(*text));
  }
  return true;
}

std::optional<PlanArgs> read_plan_args(napi_env env, std::span<const napi_value, 4> args, const char* op,
                                       napi_value& answer) {
  const auto refused = [&](const char* message) {
    answer = refuse(env, (std::string(op) + ": " + message).c_str());
    return std::nullopt;
  };
  PlanArgs plan;
  const auto words = to_doubles(env, args[0]);
  if (!words || !read_tables(env, args[1], plan.tables) || !read_strings(env, args[2], plan.strings)) {
    return refused("expected a plan, tables and strings");
  }
  plan.words = *words;
  const HandleState state = read_handles(env, args[3], plan.handles);
  if (state == HandleState::foreign) return refused("expected handles of this addon");
  if (state == HandleState::open) return plan;
  Error error;
  error.kind = ErrorKind::closed;
  error.op = op;
  error.message = "the array was closed";
  answer = error_object(env, error);
  return std::nullopt;
}

}  // namespace posixpar::napi
