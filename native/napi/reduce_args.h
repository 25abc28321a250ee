#pragma once
/// \file Reads the arguments of calls that reduce.
#include <node_api.h>

#include <memory>

#include "native/exec/reduce/reduce_jobs.h"
#include "native/exec/reduce/reduce_sink.h"
#include "native/napi/values.h"

namespace posixpar::napi {

/// Sets the edges or prefixes, if the operation needs them. \returns false if they do not fit the request.
bool set_table(ReduceRequest& request, const View& table);

/// True if `states` contains a state for each result of the request.
bool has_states(const ReduceRequest& request, const View& states);

/// Returns a sink for the array (state, table or null, words of the request). The memory of the state and the table
/// must stay valid while the sink is used. \returns null if the array does not fit.
std::shared_ptr<ReduceSink> to_reduce_sink(napi_env env, napi_value array);

}  // namespace posixpar::napi
