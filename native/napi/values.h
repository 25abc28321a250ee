#pragma once
/// \file Converts values between JS and C++.
#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "native/base/error.h"

namespace posixpar::napi {

/// Throws a TypeError in JS and returns null. Used for a call that does not fit binding-types.ts, which is a bug in
/// lib/, and if Node-API fails.
napi_value refuse(napi_env env, const char* message);

/// Returns a string; nothing for other values, and for strings that contain NUL.
std::optional<std::string> to_string(napi_env env, napi_value value);
std::optional<double> to_number(napi_env env, napi_value value);
std::optional<std::uint32_t> array_length(napi_env env, napi_value value);
napi_value element(napi_env env, napi_value array, std::uint32_t index);
std::optional<std::string> string_property(napi_env env, napi_value object, const char* name);
std::optional<double> number_property(napi_env env, napi_value object, const char* name);

/// Memory of a typed array, or of a DataView (treated as an array of bytes).
struct View {
  napi_typedarray_type type = napi_uint8_array;
  std::byte* data = nullptr;
  std::size_t bytes = 0;
};
std::optional<View> to_view(napi_env env, napi_value value);
std::optional<std::span<double>> to_doubles(napi_env env, napi_value value);

void set_number(napi_env env, napi_value object, const char* name, double value);
void set_string(napi_env env, napi_value object, const char* name, const std::string& value);
napi_value null_value(napi_env env);

/// Returns the name of an error, such as "EIO"; "" for 0 and for numbers without a name.
const char* errno_name(int error_number);

/// Creates the object that binding-types.ts calls NativeError.
napi_value error_object(napi_env env, const Error& error);

}  // namespace posixpar::napi
