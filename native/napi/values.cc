#include "native/napi/values.h"

#include <cstring>

#include "native/sys/errno_name.h"

namespace posixpar::napi {

napi_value refuse(napi_env env, const char* message) {
  napi_throw_type_error(env, nullptr, message);
  return nullptr;
}

std::optional<std::string> to_string(napi_env env, napi_value value) {
  std::size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return std::nullopt;
  std::string text(length, '\0');
  if (napi_get_value_string_utf8(env, value, text.data(), length + 1, &length) != napi_ok) return std::nullopt;
  // Strings are paths, and the system would ignore the part after a NUL.
  if (text.find('\0') != std::string::npos) return std::nullopt;
  return text;
}

std::optional<double> to_number(napi_env env, napi_value value) {
  double number = 0;
  if (napi_get_value_double(env, value, &number) != napi_ok) return std::nullopt;
  return number;
}

std::optional<std::uint32_t> array_length(napi_env env, napi_value value) {
  std::uint32_t length = 0;
  if (napi_get_array_length(env, value, &length) != napi_ok) return std::nullopt;
  return length;
}

napi_value element(napi_env env, napi_value array, std::uint32_t index) {
  napi_value value = nullptr;
  return napi_get_element(env, array, index, &value) == napi_ok ? value : nullptr;
}

std::optional<std::string> string_property(napi_env env, napi_value object, const char* name) {
  napi_value value = nullptr;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) return std::nullopt;
  return to_string(env, value);
}

std::optional<double> number_property(napi_env env, napi_value object, const char* name) {
  napi_value value = nullptr;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) return std::nullopt;
  return to_number(env, value);
}

std::optional<View> to_view(napi_env env, napi_value value) {
  View view;
  void* data = nullptr;
  bool is_typed = false;
  if (napi_is_typedarray(env, value, &is_typed) != napi_ok) return std::nullopt;
  if (is_typed) {
    std::size_t length = 0;
    if (napi_get_typedarray_info(env, value, &view.type, &length, &data, nullptr, nullptr) != napi_ok)
      return std::nullopt;
    std::size_t size = 1;
    switch (view.type) {
      case napi_int8_array:
      case napi_uint8_array:
      case napi_uint8_clamped_array:
        break;
      case napi_int16_array:
      case napi_uint16_array:
        size = 2;
        break;
      case napi_int32_array:
      case napi_uint32_array:
      case napi_float32_array:
        size = 4;
        break;
      case napi_float64_array:
      case napi_bigint64_array:
      case napi_biguint64_array:
        size = 8;
        break;
      default:
        return std::nullopt;  // For example Float16Array: Node-API does not know it, so lib/ passes its bytes instead.
    }
    view.data = static_cast<std::byte*>(data);
    view.bytes = length * size;
    return view;
  }
  bool is_view = false;
  if (napi_is_dataview(env, value, &is_view) != napi_ok || !is_view) return std::nullopt;
  if (napi_get_dataview_info(env, value, &view.bytes, &data, nullptr, nullptr) != napi_ok) return std::nullopt;
  view.data = static_cast<std::byte*>(data);
  return view;
}

std::optional<std::span<double>> to_doubles(napi_env env, napi_value value) {
  const auto view = to_view(env, value);
  if (!view || view->type != napi_float64_array) return std::nullopt;
  return std::span<double>(reinterpret_cast<double*>(view->data), view->bytes / sizeof(double));
}

void set_number(napi_env env, napi_value object, const char* name, double value) {
  napi_value number = nullptr;
  if (napi_create_double(env, value, &number) == napi_ok) napi_set_named_property(env, object, name, number);
}

void set_string(napi_env env, napi_value object, const char* name, const std::string& value) {
  napi_value text = nullptr;
  if (napi_create_string_utf8(env, value.data(), value.size(), &text) == napi_ok) {
    napi_set_named_property(env, object, name, text);
  }
}

napi_value null_value(napi_env env) {
  napi_value value = nullptr;
  napi_get_null(env, &value);
  return value;
}

const char* errno_name(int error_number) { return sys::errno_name(error_number); }

napi_value error_object(napi_env env, const Error& error) {
  napi_value object = nullptr;
  if (napi_create_object(env, &object) != napi_ok) return nullptr;
  set_string(env, object, "kind", std::string(name_of(error.kind)));
  set_string(env, object, "op", error.op);
  set_number(env, object, "errno", error.sys_errno);
  set_string(env, object, "code", errno_name(error.sys_errno));
  set_string(env, object, "path", error.path);
  set_number(env, object, "offset", static_cast<double>(error.offset));
  set_number(env, object, "length", static_cast<double>(error.length));
  set_string(env, object, "message", error.message);
  return object;
}

}  // namespace posixpar::napi
