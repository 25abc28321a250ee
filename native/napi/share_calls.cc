#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "native/exec/shared_array.h"
#include "native/napi/calls.h"
#include "native/napi/handles.h"
#include "native/napi/values.h"

namespace posixpar::napi {
namespace {

/// Reads an array of handles that were not released. \returns nothing for other values.
std::optional<std::vector<PlanHandle>> open_handles(napi_env env, napi_value array) {
  const auto count = array_length(env, array);
  if (!count) return std::nullopt;
  std::vector<PlanHandle> handles;
  handles.reserve(*count);
  for (std::uint32_t i = 0; i < *count; i++) {
    const PlanHandle* handle = unwrap_handle(env, element(env, array, i));
    if (handle == nullptr) return std::nullopt;
    handles.push_back(*handle);
  }
  return handles;
}

/// Returns the description as a Uint8Array; null if Node-API fails.
napi_value description_of(napi_env env, const SharedArray& array) {
  void* memory = nullptr;
  napi_value buffer = nullptr;
  napi_value bytes = nullptr;
  const std::size_t length = array.description.size();
  if (napi_create_arraybuffer(env, length, &memory, &buffer) != napi_ok) return nullptr;
  std::copy(array.description.begin(), array.description.end(), static_cast<std::byte*>(memory));
  if (napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &bytes) != napi_ok) return nullptr;
  return bytes;
}

}  // namespace

napi_value share_array(napi_env env, napi_callback_info call) {
  std::array<napi_value, 3> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  if (count != 3) return refuse(env, "share_array: expected three arguments");
  auto id = to_string(env, args[0]);
  auto handles = open_handles(env, args[1]);
  const auto view = to_view(env, args[2]);
  if (!id || !handles || !view) return refuse(env, "share_array: expected an id, open handles and a description");
  SharedArray array{std::move(*handles), {view->data, view->data + view->bytes}};
  auto share = ArrayShare::create(std::move(*id), std::move(array));
  if (share == nullptr) return refuse(env, "share_array: expected an id that no other array has");
  return wrap_handle(env, std::move(share));
}

napi_value attach_array(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto id = count == 1 ? to_string(env, args[0]) : std::nullopt;
  if (!id) return refuse(env, "attach_array: expected an id");
  const auto array = ArrayShare::find(*id);
  if (array == nullptr) return null_value(env);
  napi_value result = nullptr;
  napi_value handles = nullptr;
  napi_value description = description_of(env, *array);
  if (description == nullptr || napi_create_object(env, &result) != napi_ok ||
      napi_create_array_with_length(env, array->handles.size(), &handles) != napi_ok) {
    return refuse(env, "attach_array: Node-API failed");
  }
  for (std::uint32_t i = 0; i < array->handles.size(); i++) {
    napi_value handle = wrap_handle(env, array->handles[i]);
    if (handle == nullptr || napi_set_element(env, handles, i, handle) != napi_ok) {
      return refuse(env, "attach_array: Node-API failed");
    }
  }
  napi_set_named_property(env, result, "handles", handles);
  napi_set_named_property(env, result, "description", description);
  return result;
}

}  // namespace posixpar::napi
