#include <array>
#include <cmath>
#include <vector>

#include "native/base/generated/digest.h"
#include "native/base/generated/limits.h"
#include "native/base/generated/stats.h"
#include "native/base/generated/wire.h"
#include "native/napi/calls.h"
#include "native/napi/values.h"
#include "native/pool/budget.h"
#include "native/pool/buffers.h"
#include "native/pool/huge_pages.h"
#include "native/pool/thread_pool.h"
#include "native/sys/change_log.h"
#include "native/sys/hooks.h"
#include "native/sys/storage.h"

namespace posixpar::napi {
namespace {

constexpr double kMaxBytes = 9007199254740991.0;  // Number.MAX_SAFE_INTEGER

}  // namespace

napi_value configure(napi_env env, napi_callback_info call) {
  std::array<napi_value, 3> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  // Invalid numbers are NaN, which fails the comparisons.
  const auto number = [&](std::size_t i) {
    return count == args.size() ? to_number(env, args[i]).value_or(std::nan("")) : std::nan("");
  };
  const double threads = number(0);
  const double io_threads = number(1);
  const double budget = number(2);
  const auto is_allowed = [](double n) { return n >= 0 && n <= static_cast<double>(kMaxThreads); };
  if (!is_allowed(threads) || !is_allowed(io_threads)) {
    return refuse(env, "configure: expected two numbers of threads");
  }
  if (!(budget >= 0 && budget <= kMaxBytes)) return refuse(env, "configure: expected a budget in bytes");
  if (budget > 0) {
    // Buffers that are kept for reuse belong to no task, so a strict budget would not include them.
    pool::BufferPool::instance().set_limit(0);
    pool::reset_buffer_peak();
    pool::Budget::instance().set_limit(static_cast<std::size_t>(budget), pool::Excess::refuse);
  }
  auto& pool = pool::ThreadPool::instance();
  pool::PoolOptions options = pool.options();
  if (threads > 0) options.threads = static_cast<unsigned>(threads);
  if (io_threads > 0) options.io_threads = static_cast<unsigned>(io_threads);
  pool.configure(options);
  return nullptr;
}

napi_value memory_usage(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto words = count == 1 ? to_doubles(env, args[0]) : std::nullopt;
  if (!words || words->size() < kMemoryWords) return refuse(env, "memory_usage: expected a Float64Array");
  const auto& budget = pool::Budget::instance();
  const pool::BufferUsage buffers = pool::buffer_usage();
  const auto set = [&](MemoryWord word, std::size_t value) { (*words)[word] = static_cast<double>(value); };
  set(kBudgetBytes, budget.limit());
  set(kReservedBytes, budget.used());
  set(kWaitingTasks, budget.waiting());
  set(kBufferBytes, buffers.bytes);
  set(kPeakBufferBytes, buffers.peak_bytes);
  return nullptr;
}

napi_value info(napi_env env, napi_callback_info) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  const auto& pool = pool::ThreadPool::instance();
  set_number(env, object, "threads", pool.options().threads);
  set_number(env, object, "ioThreads", pool.options().io_threads);
  set_number(env, object, "pageBytes", static_cast<double>(sys::page_size()));
  set_number(env, object, "wireVersion", wire::kVersion);
  set_string(env, object, "words", std::string(kWordsDigest));
  return object;
}

napi_value advise_memory(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto view = count == 1 ? to_view(env, args[0]) : std::nullopt;
  if (!view) return refuse(env, "advise_memory: expected a view");
  pool::advise_huge(view->data, view->bytes);
  napi_value past_page = nullptr;
  napi_create_uint32(env, static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(view->data) % 4096), &past_page);
  return past_page;
}

napi_value detach(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  if (count != 1 || napi_detach_arraybuffer(env, args[0]) != napi_ok) {
    return refuse(env, "detach: expected an ArrayBuffer that can be detached");
  }
  return nullptr;
}

napi_value set_faults(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto length = count == 1 ? array_length(env, args[0]) : std::nullopt;
  if (!length) return refuse(env, "set_faults: expected a list of faults");
  std::vector<sys::FaultPlan> plans;
  for (std::uint32_t i = 0; i < *length; i++) {
    napi_value object = element(env, args[0], i);
    const auto op = sys::op_from_name(string_property(env, object, "op").value_or(""));
    const auto action = sys::fault_action_from_name(string_property(env, object, "action").value_or(""));
    if (!op || !action) return refuse(env, "set_faults: expected a known op and action");
    sys::FaultPlan plan;
    plan.op = *op;
    plan.action = *action;
    plan.path_substring = string_property(env, object, "path").value_or("");
    if (const auto offset = number_property(env, object, "offset")) {
      plan.offset_begin = static_cast<std::uint64_t>(*offset);
      const auto bytes = number_property(env, object, "length");
      if (bytes) plan.offset_end = plan.offset_begin + static_cast<std::uint64_t>(*bytes);
    }
    plan.skip = static_cast<std::uint64_t>(number_property(env, object, "skip").value_or(0));
    plan.times = static_cast<std::uint64_t>(number_property(env, object, "times").value_or(1));
    plan.value = static_cast<std::uint64_t>(number_property(env, object, "value").value_or(0));
    if (plan.action == sys::FaultAction::eintr && plan.times == 0) {
      return refuse(env,
                    "set_faults: a call that is interrupted for ever never ends: give a number of times, or hold it");
    }
    plans.push_back(std::move(plan));
  }
  const std::uint64_t expired = plans.empty() ? sys::clear_faults() : sys::install_faults(std::move(plans));
  napi_value count_of_expired = nullptr;
  napi_create_double(env, static_cast<double>(expired), &count_of_expired);
  return count_of_expired;
}

napi_value fault_counts(napi_env env, napi_callback_info) {
  napi_value list = nullptr;
  napi_create_array(env, &list);
  std::uint32_t index = 0;
  for (const std::uint64_t count : sys::fault_counts()) {
    napi_value number = nullptr;
    napi_create_double(env, static_cast<double>(count), &number);
    napi_set_element(env, list, index++, number);
  }
  return list;
}

napi_value held_calls(napi_env env, napi_callback_info) {
  napi_value number = nullptr;
  napi_create_double(env, static_cast<double>(sys::held_calls()), &number);
  return number;
}

napi_value record_changes(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  bool records = false;
  if (count != 1 || napi_get_value_bool(env, args[0], &records) != napi_ok) {
    return refuse(env, "record_changes: expected true or false");
  }
  const std::vector<sys::Change> changes = sys::end_change_log();
  if (records) sys::start_change_log();
  napi_value list = nullptr;
  napi_create_array(env, &list);
  for (std::size_t i = 0; i < changes.size(); i++) {
    const sys::Change& change = changes[i];
    napi_value object = nullptr;
    napi_create_object(env, &object);
    set_string(env, object, "op", std::string(sys::name_of(change.op)));
    set_string(env, object, "path", change.path);
    set_string(env, object, "to", change.to);
    set_number(env, object, "exchanges", change.exchanges ? 1 : 0);
    set_number(env, object, "inode", static_cast<double>(change.inode));
    set_number(env, object, "offset", static_cast<double>(change.offset));
    napi_value bytes = nullptr;
    void* unused = nullptr;
    napi_create_buffer_copy(env, change.bytes.size(), change.bytes.data(), &unused, &bytes);
    napi_set_named_property(env, object, "bytes", bytes);
    napi_set_element(env, list, static_cast<std::uint32_t>(i), object);
  }
  return list;
}

napi_value change_count(napi_env env, napi_callback_info) {
  napi_value number = nullptr;
  napi_create_double(env, static_cast<double>(sys::logged_changes()), &number);
  return number;
}

}  // namespace posixpar::napi
