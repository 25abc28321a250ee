#include "native/napi/reduce_args.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace posixpar::napi {

bool set_table(ReduceRequest& request, const View& table) {
  if (!has_bins(request.spec.operation)) return true;
  if (table.type == napi_float64_array) {
    return request.set_table({reinterpret_cast<const double*>(table.data), table.bytes / sizeof(double)});
  }
  if (table.type != napi_biguint64_array) return false;
  return request.set_table(std::span(reinterpret_cast<const std::uint64_t*>(table.data), table.bytes / 8));
}

bool has_states(const ReduceRequest& request, const View& states) {
  return states.type == napi_biguint64_array &&
         states.bytes / (state_layout(request.spec).words * sizeof(std::uint64_t)) >= request.outputs;
}

std::shared_ptr<ReduceSink> to_reduce_sink(napi_env env, napi_value array) {
  const auto state = to_view(env, element(env, array, 0));
  const auto table = to_view(env, element(env, array, 1));
  const auto words = to_doubles(env, element(env, array, 2));
  auto request = words ? ReduceRequest::decode(*words) : std::nullopt;
  if (!state || !request || !set_table(*request, table.value_or(View{})) || !has_states(*request, *state)) {
    return nullptr;
  }
  return ReduceSink::create(std::move(*request), reinterpret_cast<std::uint64_t*>(state->data));
}

}  // namespace posixpar::napi
