#include <array>
#include <vector>

#include "native/exec/plan/decode.h"
#include "native/exec/run/read.h"
#include "native/napi/calls.h"
#include "native/napi/environment.h"
#include "native/napi/handles.h"
#include "native/napi/values.h"

namespace posixpar::napi {
namespace {

bool read_tables(napi_env env, napi_value array, std::vector<WireTable>& tables) {
  const auto count = array_length(env, array);
  if (!count) return false;
  tables.reserve(*count);
  for (std::uint32_t i = 0; i < *count; i++) {
    const auto view = to_view(env, element(env, array, i));
    if (!view) return false;
    WireTable table;
    if (view->type == napi_float64_array) {
      table.doubles = {reinterpret_cast<const double*>(view->data), view->bytes / sizeof(double)};
    } else if (view->type == napi_uint32_array) {
      table.words = {reinterpret_cast<const std::uint32_t*>(view->data), view->bytes / sizeof(std::uint32_t)};
    } else {
      return false;
    }
    tables.push_back(table);
  }
  return true;
}

bool read_strings(napi_env env, napi_value array, std::vector<std::string>& strings) {
  const auto count = array_length(env, array);
  if (!count) return false;
  strings.reserve(*count);
  for (std::uint32_t i = 0; i < *count; i++) {
    auto text = to_string(env, element(env, array, i));
    if (!text) return false;
    strings.push_back(std::move(*text));
  }
  return true;
}

enum class HandleState : std::uint8_t { open, released, foreign };

HandleState read_handles(napi_env env, napi_value array, std::vector<PlanHandle>& handles) {
  const auto count = array_length(env, array);
  if (!count) return HandleState::foreign;
  handles.reserve(*count);
  for (std::uint32_t i = 0; i < *count; i++) {
    napi_value value = element(env, array, i);
    const PlanHandle* handle = unwrap_handle(env, value);
    if (handle == nullptr) return is_handle(env, value) ? HandleState::released : HandleState::foreign;
    handles.push_back(*handle);
  }
  return HandleState::open;
}

/// Returns the read of `ticket`; null if it has ended, or if there was no such ticket.
std::shared_ptr<Read> find_read(napi_env env, double ticket) {
  const Environment* state = Environment::of(env);
  if (state == nullptr || !(ticket >= 0 && ticket <= 4294967295.0)) return nullptr;
  return state->find(static_cast<std::uint32_t>(ticket));
}

/// Memory that a read fills: one view for the elements, or an array of two views for the elements and the mask.
struct Targets {
  View elements;
  std::optional<View> mask;
};

std::optional<Targets> read_targets(napi_env env, napi_value value) {
  bool both = false;
  if (napi_is_array(env, value, &both) != napi_ok) return std::nullopt;
  const auto elements = to_view(env, both ? element(env, value, 0) : value);
  if (!elements) return std::nullopt;
  Targets targets{*elements, std::nullopt};
  if (both) targets.mask = to_view(env, element(env, value, 1));
  return both && !targets.mask ? std::nullopt : std::optional(targets);
}

napi_value outcome(napi_env env, const Read& read) {
  return read.error() ? error_object(env, *read.error()) : null_value(env);
}

/// Maximum number of words of a plan that the calling thread decodes, which takes some tenths of a millisecond.
constexpr std::size_t kMaxWordsHere = 65536;

/// Returns the number of words of a plan and its tables.
std::size_t words_of(std::span<const double> plan, const std::vector<WireTable>& tables) {
  std::size_t words = plan.size();
  for (const WireTable& table : tables) words += table.doubles.size() + table.words.size();
  return words;
}

bool fits(const Plan& plan, const Targets& target) {
  return target.elements.bytes / dtype_size(plan.out_type) >= plan.elements &&
         (!plan.masked || (target.mask && target.mask->bytes >= plan.elements));
}

Error too_small() {
  Error error;
  error.kind = ErrorKind::invalid;
  error.op = "read";
  error.message = "the target is too small";
  return error;
}

/// Starts a read that was called with `args`. \returns its ticket.
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
  const auto plan_words = to_doubles(env, args[0]);
  const auto target = read_targets(env, args[4]);
  const auto stats = to_doubles(env, args[5]);
  std::vector<WireTable> tables;
  std::vector<std::string> strings;
  std::vector<PlanHandle> handles;
  if (!plan_words || !target || !stats || !read_tables(env, args[1], tables) || !read_strings(env, args[2], strings)) {
    return refuse(env, "read: expected a plan, tables, strings, a target and statistics");
  }
  const HandleState state = read_handles(env, args[3], handles);
  if (state == HandleState::foreign) return refuse(env, "read: expected handles of this addon");
  if (state == HandleState::released) {
    Error error;
    error.kind = ErrorKind::closed;
    error.op = "read";
    error.message = "the array was closed";
    return error_object(env, error);
  }
  napi_valuetype type = napi_undefined;
  napi_typeof(env, args[6], &type);
  const bool blocks = type != napi_function;
  std::byte* mask = target->mask ? target->mask->data : nullptr;
  const bool is_new = plan_words->size() > wire::kFresh && (*plan_words)[wire::kFresh] == 1;
  const std::uint64_t new_bytes = is_new ? target->elements.bytes : 0;
  if (!blocks && words_of(*plan_words, tables) > kMaxWordsHere) {
    const auto job = std::make_shared<Read>(
        [words = std::vector<double>(plan_words->begin(), plan_words->end()), tables = std::move(tables),
         strings = std::move(strings), handles = std::move(handles), target = *target] {
          auto plan = decode_plan({words, tables, strings, handles});
          return plan.ok() && !fits(*plan, target) ? Result<Plan>(too_small()) : std::move(plan);
        },
        target->elements.data, mask);
    job->count_new_memory(new_bytes);
    return start(env, args, job, args[1]);
  }
  auto plan = decode_plan({*plan_words, tables, strings, handles});
  if (!plan.ok()) return error_object(env, plan.error());
  if (!fits(*plan, *target)) return refuse(env, "read: the target is too small");
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
  napi_value running = nullptr;
  napi_get_boolean(env, read != nullptr, &running);
  return running;
}

}  // namespace posixpar::napi
