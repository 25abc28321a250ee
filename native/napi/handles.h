#pragma once
/// \file Handles: JS values that refer to native objects. They have a type tag, so that other values are rejected. The
/// native object is freed by the garbage collector or by release_handle().
#include <node_api.h>

#include <memory>
#include <optional>

#include "native/exec/plan/plan.h"

namespace posixpar::napi {

/// Returns a JS object that owns `handle`; null if Node-API fails.
napi_value wrap_handle(napi_env env, PlanHandle handle);

/// True if wrap_handle() made the value.
bool is_handle(napi_env env, napi_value value);

/// Returns the native object of a value made by wrap_handle(); null if it was released, or for any other value.
const PlanHandle* unwrap_handle(napi_env env, napi_value value);

/// Returns the roots of a value made by wrap_handle(); null for the JS value null; nothing for any other value.
std::optional<std::shared_ptr<const sys::Roots>> roots_or_null(napi_env env, napi_value value);

/// Returns the restart points of a value made by wrap_handle(); null for any other value.
std::shared_ptr<const DeflateIndex> to_deflate_index(napi_env env, napi_value value);

/// Returns the deflate stream of a value made by wrap_handle(): restart points, or a first pass. Null for any other
/// value.
std::shared_ptr<const DeflateSource> to_deflate_source(napi_env env, napi_value value);

/// Releases the native object. A thread of the pool destroys it. Reads in flight keep the objects that they use.
void release_handle(napi_env env, napi_value value);

}  // namespace posixpar::napi
