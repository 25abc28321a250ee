#pragma once
/// \file Native objects that JS holds: opaque, tagged so that a wrong one is refused, freed by the garbage collector or
/// by release().
#include <node_api.h>

#include <memory>
#include <optional>

#include "native/exec/plan/plan.h"

namespace posixpar::napi {

/// A JS object that owns `handle`; null when Node-API fails.
napi_value wrap_handle(napi_env env, PlanHandle handle);

/// True if wrap_handle made the value.
bool is_handle(napi_env env, napi_value value);

/// The native object of a value made by wrap_handle, or null for any other value, and for one that was released.
const PlanHandle* unwrap_handle(napi_env env, napi_value value);

/// The roots of a value made by wrap_handle, null for the value null; nothing for any other value.
std::optional<std::shared_ptr<const sys::Roots>> roots_or_null(napi_env env, napi_value value);

/// Frees the native object soon, on the pool. Reads in flight keep what they use.
void release_handle(napi_env env, napi_value value);

}  // namespace posixpar::napi
