#include <array>
#include <vector>

#include "native/exec/plan/decode.h"
#include "native/exec/run/read.h"
#include "native/napi/calls.h"
#include "native/napi/environment.h"
#include "native/napi/plan_args.h"
#include "native/napi/reduce_args.h"
#include "native/napi/values.h"

namespace posixpar::napi {
namespace {

/// Returns the read of `ticket`; null in the cases of Environment::find(), and if there was no such ticket.
std::shared_ptr<Read> find_read(napi_env env, double ticket) {
  const Environment* state = Environment::of(env);
  if (state == nullptr || !(ticket >= 0 && ticket <= 4294967295.0)) return nullptr;
  return state->find(static_cast<std::uint32_t>(ticket));
}

/// Returns the operation of `ticket`, such as a write; null in the cases of Environment::find_change(), and if there
/// was no such ticket.
std::shared_ptr<Operation> find_change(napi_env env, double ticket) {
  const Environment* state = Environment::of(env);
  if (state == nullptr || !(ticket >= 0 && ticket <= 4294967295.0)) return nullptr;
  return state->find_change(static_cast<std::uint32_t>(ticket));
}

/// Where the elements of a read go: to memory (a view of the elements, or an array of two views for the elements and
/// the mask), or to the state of a reduction (an array of three entries, to_reduce_sink()).
struct Targets {
  View elements;
  std::optional<View> mask;
  std::shared_ptr<ReduceSink> sink;
};

std::optional<Targets> read_targets(napi_env env, napi_value value) {
  bool is_array = false;
  if (napi_is_array(env, value, &is_array) != napi_ok) return std::nullopt;
  Targets targets;
  if (is_array && array_length(env, value) == 3U) {
    targets.sink = to_reduce_sink(env, value);
    return targets.sink == nullptr ? std::nullopt : std::optional(targets);
  }
  const auto elements = to_view(env, is_array ? element(env, value, 0) : value);
  if (!elements) return std::nullopt;
  targets.elements = *elements;
  if (is_array) targets.mask = to_view(env, element(env, value, 1));
  return is_array && !targets.mask ? std::nullopt : std::optional(targets);
}

napi_value outcome(napi_env env, const Read& read) {
  return read.error() ? error_object(env, *read.error()) : null_value(env);
}

/// Maximum number of words of an asynchronous read's plan that the calling thread decodes. Decoding this number of
/// words takes some tenths of a millisecond. Larger plans are decoded on the pool.
constexpr std::size_t kMaxWordsHere = 65536;

/// Returns the number of words of a plan and its tables.
std::size_t words_of(std::span<const double> plan, const std::vector<WireTable>& tables) {
  std::size_t words = plan.size();
  for (const WireTable& table : tables) words += table.doubles.size() + table.words.size();
  return words;
}

bool fits(const Plan& plan, const Targets& target) {
  if (target.sink != nullptr) return target.sink->accepts(plan);
  return target.elements.bytes / dtype_size(plan.out_type) >= plan.elements &&
         (!plan.masked || (target.mask && target.mask->bytes >= plan.elements));
}

Error does_not_fit() {
  Error error;
  error.kind = ErrorKind::invalid;
  error.op = "read";
  error.message = "the target does not fit the plan";
  return error;
}

/// Decodes a plan and connects it to its target. \returns `invalid` if the target does not fit.
Result<Plan> make_plan(const WireInputs& inputs, const Targets& target) {
  auto plan = decode_plan(inputs);
  if (!plan.ok()) return plan;
  if (!fits(*plan, target)) return does_not_fit();
  plan->sink = target.sink;
  return plan;
}

/// Starts `job` for a call of read() with the arguments `args`. \returns the ticket that identifies the read to
/// JavaScript. \param tables  tables that the read still needs; may be null.
napi_value start(napi_env env, const std::array<napi_value, 7>& args, const std::shared_ptr<Read>& job,
                 napi_value tables) {
  Environment* environment = Environment::of(env);
  const auto ticket =
      environment == nullptr ? std::nullopt : environment->start(env, job, args[4], args[5], args[6], tables);
  if (!ticket) return refuse(env, "read: Node-API refused a reference");
  napi_value number = nullptr;
  napi_create_uint32(env, *ticket, &number);
  return number;
}

}  // namespace

napi_value read(napi_env env, napi_callback_info call) {
  std::array<napi_value, 7> args{};
  std::size_t count = args.size();
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size()) {
    return refuse(env, "read: expected seven arguments");
  }
  const auto target = read_targets(env, args[4]);
  const auto stats = to_doubles(env, args[5]);
  if (!target || !stats) return refuse(env, "read: expected a target and statistics");
  napi_value answer = nullptr;
  auto given = read_plan_args(env, std::span(args).first<4>(), "read", answer);
  if (!given) return answer;
  napi_valuetype type = napi_undefined;
  napi_typeof(env, args[6], &type);
  const bool blocks = type != napi_function;
  std::byte* mask = target->mask ? target->mask->data : nullptr;
  const bool is_new = given->words.size() > wire::kFresh && given->words[wire::kFresh] == 1;
  const std::uint64_t new_bytes = is_new ? target->elements.bytes : 0;
  if (!blocks && words_of(given->words, given->tables) > kMaxWordsHere) {
    // Copies the words, because JavaScript may change their memory while the pool decodes the plan.
    const auto job = std::make_shared<Read>(
        [words = std::vector<double>(given->words.begin(), given->words.end()), rest = std::move(*given),
         target = *target] {
          return make_plan({words, rest.tables, rest.strings, rest.handles}, target);
        },
        target->elements.data, mask);
    job->count_new_memory(new_bytes);
    return start(env, args, job, args[1]);
  }
  auto plan = make_plan(given->inputs(), *target);
  if (!plan.ok()) return error_object(env, plan.error());
  const bool brief = !blocks && is_worth_a_brief_wait(*plan);
  auto job = std::make_shared<Read>(std::move(plan).value(), target->elements.data, mask);
  if (blocks) {
    job->count_new_memory(new_bytes);
    job->run_on_caller();
  } else if (!job->run_without_waiting()) {
    job->count_new_memory(new_bytes);
    Environment* environment = Environment::of(env);
    const bool ended = environment != nullptr && brief && environment->start_briefly(job);
    if (!ended) return start(env, args, job, nullptr);
  }
  job->stats(*stats);
  return outcome(env, *job);
}

napi_value cancel(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto ticket = count == 1 ? to_number(env, args[0]) : std::nullopt;
  if (!ticket) return refuse(env, "cancel: expected a ticket");
  if (const auto read = find_read(env, *ticket)) read->cancel();
  if (const auto change = find_change(env, *ticket)) change->cancel();
  return nullptr;
}

napi_value untouched_bytes(napi_env env, napi_callback_info) {
  napi_value bytes = nullptr;
  napi_create_double(env, static_cast<double>(UntouchedBytes::total()), &bytes);
  return bytes;
}

napi_value abandon(napi_env env, napi_callback_info call) {
  std::array<napi_value, 2> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto ticket = count == 2 ? to_number(env, args[0]) : std::nullopt;
  Environment* environment = Environment::of(env);
  const bool valid = ticket && *ticket >= 0 && *ticket <= 4294967295.0;
  if (!valid || environment == nullptr) return refuse(env, "abandon: expected a ticket and an owner or null");
  napi_value abandoned = nullptr;
  napi_get_boolean(env, environment->abandon(env, static_cast<std::uint32_t>(*ticket), args[1]), &abandoned);
  return abandoned;
}

napi_value progress(napi_env env, napi_callback_info call) {
  std::array<napi_value, 2> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto ticket = count == 2 ? to_number(env, args[0]) : std::nullopt;
  const auto stats = count == 2 ? to_doubles(env, args[1]) : std::nullopt;
  if (!ticket || !stats) return refuse(env, "progress: expected a ticket and statistics");
  const auto read = find_read(env, *ticket);
  if (read) read->stats(*stats);
  const auto change = find_change(env, *ticket);
  if (change) change->stats(*stats);
  napi_value running = nullptr;
  napi_get_boolean(env, read != nullptr || change != nullptr, &running);
  return running;
}

}  // namespace posixpar::napi
