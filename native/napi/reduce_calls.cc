#include <array>
#include <memory>

#include "native/exec/reduce/reduce_jobs.h"
#include "native/napi/calls.h"
#include "native/napi/environment.h"
#include "native/napi/reduce_args.h"
#include "native/napi/values.h"

namespace posixpar::napi {
namespace {

/// The arrays of a call: states, elements or results, mask or marks, and the table of edges or prefixes.
using Memory = std::array<View, 4>;

/// Returns views of the arrays in `memory`; an empty view for JS null. \returns nothing if an element is neither a view
/// nor JS null.
std::optional<Memory> read_memory(napi_env env, napi_value memory) {
  Memory views;
  for (std::size_t i = 0; i < views.size(); i++) {
    const napi_value value = element(env, memory, static_cast<std::uint32_t>(i));
    napi_valuetype type = napi_null;
    napi_typeof(env, value, &type);
    if (type == napi_null) continue;
    const auto view = to_view(env, value);
    if (!view) return std::nullopt;
    views[i] = *view;
  }
  return views;
}

/// Implements reduce_block(), reduce_merge() and reduce_finish(): reads the arguments (words, memory, callback), and
/// starts the job that `create` returns. If an argument does not fit, throws a TypeError with the message `refusal`.
template <typename Create>
napi_value start_job(napi_env env, napi_callback_info call, const char* refusal, Create create) {
  std::array<napi_value, 3> args{};
  std::size_t count = args.size();
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size()) {
    return refuse(env, refusal);
  }
  const auto words = to_doubles(env, args[0]);
  auto request = words ? ReduceRequest::decode(*words) : std::nullopt;
  const auto memory = read_memory(env, args[1]);
  if (!request || !memory) return refuse(env, refusal);
  const std::shared_ptr<Operation> job = create(std::move(*request), *memory);
  Environment* environment = Environment::of(env);
  if (job == nullptr || environment == nullptr) return refuse(env, refusal);
  // These jobs have no counters, so `memory` also serves as the argument for them.
  const auto ticket = environment->start(env, job, args[1], args[1], args[2]);
  if (!ticket) return refuse(env, refusal);
  napi_value number = nullptr;
  napi_create_uint32(env, *ticket, &number);
  return number;
}

}  // namespace

napi_value reduce_state_words(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  const bool called = napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) == napi_ok && count == 1;
  const auto words = called ? to_doubles(env, args[0]) : std::nullopt;
  const auto request = words ? ReduceRequest::decode(*words) : std::nullopt;
  if (!request) return refuse(env, "reduce_state_words: expected the words of a reduction");
  napi_value number = nullptr;
  napi_create_double(env, static_cast<double>(state_layout(request->spec).words), &number);
  return number;
}

napi_value reduce_block(napi_env env, napi_callback_info call) {
  return start_job(env, call, "reduce_block: expected words that fit states, elements and mask",
                   [](ReduceRequest request, const Memory& memory) -> std::shared_ptr<Operation> {
                     const auto& [states, elements, mask, table] = memory;
                     if (!set_table(request, table)) return nullptr;
                     const std::uint64_t count = elements.bytes / dtype_size(request.spec.type);
                     if (!has_states(request, states) || !request.fits(count)) return nullptr;
                     if (mask.data != nullptr && !request.fits(mask.bytes)) return nullptr;
                     return ReduceBlock::create(std::move(request), elements.data,
                                                reinterpret_cast<const std::uint8_t*>(mask.data),
                                                reinterpret_cast<std::uint64_t*>(states.data));
                   });
}

napi_value reduce_merge(napi_env env, napi_callback_info call) {
  return start_job(env, call, "reduce_merge: expected words that fit both states",
                   [](ReduceRequest request, const Memory& memory) -> std::shared_ptr<Operation> {
                     const View& to = memory[0];
                     const View& from = memory[1];
                     if (!has_states(request, to) || !has_states(request, from) || to.data == from.data) return nullptr;
                     return ReduceMerge::create(std::move(request), reinterpret_cast<std::uint64_t*>(to.data),
                                                reinterpret_cast<const std::uint64_t*>(from.data));
                   });
}

napi_value reduce_finish(napi_env env, napi_callback_info call) {
  return start_job(env, call, "reduce_finish: expected words that fit states, results and marks",
                   [](ReduceRequest request, const Memory& memory) -> std::shared_ptr<Operation> {
                     const auto& [states, results, empty, table] = memory;
                     const std::size_t size = dtype_size(reduced_type(request.spec)) * results_of(request.spec);
                     const bool fits = has_states(request, states) && results.bytes / size >= request.outputs &&
                                       empty.bytes >= request.outputs;
                     if (!fits) return nullptr;
                     return ReduceFinish::create(std::move(request),
                                                 reinterpret_cast<const std::uint64_t*>(states.data), results.data,
                                                 reinterpret_cast<std::uint8_t*>(empty.data));
                   });
}

}  // namespace posixpar::napi
