#include <array>
#include <memory>

#include "native/exec/plan/decode.h"
#include "native/exec/reduce/reduce_cached.h"
#include "native/exec/reduce/reduce_jobs.h"
#include "native/napi/calls.h"
#include "native/napi/environment.h"
#include "native/napi/plan_args.h"
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

/// Sets the edges or prefixes, if the operation needs them.
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

/// Starts a job. \returns its ticket as a JS number; null if Node-API fails.
/// \param stats  receives the counters of the job.
napi_value start(napi_env env, const std::shared_ptr<Operation>& job, napi_value memory, napi_value stats,
                 napi_value callback) {
  Environment* environment = Environment::of(env);
  const auto ticket = environment == nullptr ? std::nullopt : environment->start(env, job, memory, stats, callback);
  napi_value number = nullptr;
  if (ticket) napi_create_uint32(env, *ticket, &number);
  return number;
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
  // These jobs have no counters, so `memory` also serves as the argument for them.
  const napi_value ticket = job == nullptr ? nullptr : start(env, job, args[1], args[1], args[2]);
  return ticket == nullptr ? refuse(env, refusal) : ticket;
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

napi_value reduce_cached(napi_env env, napi_callback_info call) {
  constexpr const char* kRefusal = "reduce_cached: expected a plan, words that fit the state, and statistics";
  std::array<napi_value, 8> args{};
  std::size_t count = args.size();
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size()) {
    return refuse(env, kRefusal);
  }
  const auto words = to_doubles(env, args[4]);
  auto request = words ? ReduceRequest::decode(*words) : std::nullopt;
  const auto memory = read_memory(env, args[5]);
  if (!request || !memory || !to_doubles(env, args[6])) return refuse(env, kRefusal);
  const View& states = (*memory)[0];
  if (!set_table(*request, (*memory)[3]) || !has_states(*request, states)) return refuse(env, kRefusal);
  napi_value answer = nullptr;
  const auto given = read_plan_args(env, std::span(args).first<4>(), "reduce_cached", answer);
  if (!given) return answer;
  const auto plan = decode_plan(given->inputs());
  if (!plan.ok()) return error_object(env, plan.error());
  const auto job = ReduceCached::create(std::move(*request), *plan, reinterpret_cast<std::uint64_t*>(states.data));
  if (job == nullptr) return null_value(env);
  const napi_value ticket = start(env, job, args[5], args[6], args[7]);
  return ticket == nullptr ? refuse(env, kRefusal) : ticket;
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
