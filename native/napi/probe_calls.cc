#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "native/napi/calls.h"
#include "native/napi/values.h"
#include "native/probe/probe.h"
#include "native/probe/write_probe.h"

namespace posixpar::napi {
namespace {

/// A probe in flight. Node waits for it before it ends an environment.
struct Work {
  /// Measures, on a thread of libuv. \returns the function that creates the result, on the JavaScript thread.
  std::function<std::function<napi_value(napi_env)>()> measure;
  std::function<napi_value(napi_env)> result;
  napi_ref callback = nullptr;
  napi_async_work work = nullptr;
};

constexpr double kNotKept = std::numeric_limits<double>::quiet_NaN();
double number_or_nan(const std::optional<std::uint64_t>& value) {
  return value ? static_cast<double>(*value) : kNotKept;
}

napi_value doubles(napi_env env, const std::vector<double>& values) {
  void* memory = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  if (napi_create_arraybuffer(env, values.size() * sizeof(double), &memory, &buffer) != napi_ok) return nullptr;
  std::copy(values.begin(), values.end(), static_cast<double*>(memory));
  napi_create_typedarray(env, napi_float64_array, values.size(), buffer, 0, &array);
  return array;
}

void set_doubles(napi_env env, napi_value object, const char* name, const std::vector<double>& values) {
  if (napi_value array = doubles(env, values)) napi_set_named_property(env, object, name, array);
}

std::vector<double> thread_words(const std::vector<probe::ThreadCounters>& threads) {
  std::vector<double> words;
  for (const probe::ThreadCounters& t : threads) {
    for (const std::uint64_t word : {t.wall_ns, t.in_call_ns, t.cpu_ns}) words.push_back(static_cast<double>(word));
    words.push_back(number_or_nan(t.run_delay_ns));
    for (const std::uint64_t word :
         {t.voluntary_switches, t.involuntary_switches, t.operations, t.bytes, t.short_calls}) {
      words.push_back(static_cast<double>(word));
    }
    words.push_back(number_or_nan(t.device_bytes));
  }
  return words;
}

std::vector<double> coverage_words(const probe::Report& report) {
  if (!report.coverage) return {};
  const probe::Coverage& c = *report.coverage;
  std::vector<double> words;
  for (const std::uint64_t word : {c.delivered, c.twice, c.lost, c.unknown, c.passes, c.distinct_blocks, c.blocks}) {
    words.push_back(static_cast<double>(word));
  }
  return words;
}

/// Creates an object with the results that probes of reads and writes have in common.
template <typename Report>
napi_value common_object(napi_env env, const Report& report) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  set_number(env, object, "started_ns", static_cast<double>(report.started_ns));
  set_number(env, object, "elapsed_ns", static_cast<double>(report.elapsed_ns));
  set_doubles(env, object, "threads", thread_words(report.threads));
  std::vector<double> buckets;
  for (const auto& bucket : report.latencies.buckets()) {
    for (const std::uint64_t word : {bucket.low, bucket.width, bucket.count}) {
      buckets.push_back(static_cast<double>(word));
    }
  }
  set_doubles(env, object, "latencies", buckets);
  set_number(env, object, "latency_sum", static_cast<double>(report.latencies.sum()));
  set_number(env, object, "latency_min", static_cast<double>(report.latencies.min()));
  set_number(env, object, "latency_max", static_cast<double>(report.latencies.max()));
  return object;
}

napi_value report_object(napi_env env, const probe::Report& report) {
  napi_value object = common_object(env, report);
  set_number(env, object, "region_bytes", static_cast<double>(report.region_bytes));
  set_number(env, object, "resident_before", number_or_nan(report.resident_before));
  set_number(env, object, "resident_after", number_or_nan(report.resident_after));
  set_doubles(env, object, "coverage", coverage_words(report));
  return object;
}

napi_value report_object(napi_env env, const probe::WriteReport& report) {
  napi_value object = common_object(env, report);
  napi_value names = nullptr;
  napi_create_array(env, &names);
  std::vector<double> counts;
  for (const auto& [name, count] : report.waits) {
    napi_value text = nullptr;
    napi_create_string_utf8(env, name.data(), name.size(), &text);
    napi_set_element(env, names, static_cast<std::uint32_t>(counts.size()), text);
    counts.push_back(static_cast<double>(count));
  }
  napi_set_named_property(env, object, "wait_names", names);
  set_doubles(env, object, "wait_counts", counts);
  return object;
}

template <typename Report>
std::function<napi_value(napi_env)> answer_with(Result<Report> report) {
  return [report = std::move(report)](napi_env env) {
    return report.ok() ? report_object(env, report.value()) : error_object(env, report.error());
  };
}

void execute(napi_env, void* data) {
  auto* work = static_cast<Work*>(data);
  work->result = work->measure();
}

void complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Work> work(static_cast<Work*>(data));
  napi_value callback = nullptr;
  napi_value undefined = nullptr;
  napi_get_reference_value(env, work->callback, &callback);
  napi_get_undefined(env, &undefined);
  napi_delete_reference(env, work->callback);
  napi_delete_async_work(env, work->work);
  if (!work->result) return;  // The probe did not run, because the environment was ending.
  napi_value argument = work->result(env);
  napi_value ignored = nullptr;
  napi_call_function(env, undefined, callback, 1, &argument, &ignored);
}

/// Reads the property `name`, an integer in [0, 2^53).
bool whole(napi_env env, napi_value object, const char* name, std::uint64_t& out) {
  const auto value = number_property(env, object, name);
  if (!value || !(*value >= 0 && *value < 9007199254740992.0)) return false;
  out = static_cast<std::uint64_t>(*value);
  return true;
}

/// Reads the option `name`, which must be one of `words`, and sets `out` to its index.
template <typename Choice, std::size_t N>
bool choice(napi_env env, napi_value object, const char* name, const std::array<const char*, N>& words, Choice& out) {
  const auto text = string_property(env, object, name);
  for (std::size_t i = 0; i < N; ++i) {
    if (text && *text == words[i]) {
      out = static_cast<Choice>(i);
      return true;
    }
  }
  return false;
}

bool parse_paths(napi_env env, napi_value object, std::vector<std::string>& out) {
  napi_value paths = nullptr;
  if (napi_get_named_property(env, object, "paths", &paths) != napi_ok) return false;
  const auto count = array_length(env, paths);
  if (!count) return false;
  for (std::uint32_t i = 0; i < *count; i++) {
    auto path = to_string(env, element(env, paths, i));
    if (!path) return false;
    out.push_back(std::move(*path));
  }
  return true;
}

bool parse(napi_env env, napi_value object, probe::Options& options) {
  const auto pattern = probe::pattern_from_name(string_property(env, object, "pattern").value_or(""));
  if (!pattern || !parse_paths(env, object, options.paths)) return false;
  options.pattern = *pattern;
  std::uint64_t threads = 0;
  std::uint64_t block = 0;
  const bool numbers =
      whole(env, object, "threads", threads) && whole(env, object, "block_bytes", block) &&
      whole(env, object, "offset", options.offset) && whole(env, object, "length", options.length) &&
      whole(env, object, "duration_ns", options.duration_ns) && whole(env, object, "operations", options.operations) &&
      whole(env, object, "start_at_ns", options.start_at_ns) && whole(env, object, "seed", options.seed);
  if (!numbers || threads > 65536) return false;
  options.threads = static_cast<unsigned>(threads);
  options.block_bytes = static_cast<std::size_t>(block);
  return choice(env, object, "order", std::array{"sequential", "random"}, options.order) &&
         choice(env, object, "access", std::array{"buffered", "direct"}, options.access) &&
         choice(env, object, "prepare", std::array{"keep", "warm", "drop"}, options.prepare);
}

bool parse(napi_env env, napi_value object, probe::WriteOptions& options) {
  std::uint64_t threads = 0;
  std::uint64_t block = 0;
  const bool numbers =
      whole(env, object, "threads", threads) && whole(env, object, "block_bytes", block) &&
      whole(env, object, "blocks", options.blocks) && whole(env, object, "first_block", options.first_block) &&
      whole(env, object, "block_stride", options.block_stride) &&
      whole(env, object, "duration_ns", options.duration_ns) && whole(env, object, "start_at_ns", options.start_at_ns);
  if (!numbers || threads > 65536) return false;
  options.threads = static_cast<unsigned>(threads);
  options.block_bytes = static_cast<std::size_t>(block);
  return parse_paths(env, object, options.paths) &&
         choice(env, object, "access", std::array{"buffered", "direct"}, options.access) &&
         choice(env, object, "sync", std::array{"none", "end", "each"}, options.sync);
}

/// Parses the options of a probe, and measures with `run` on a thread of libuv.
template <typename Options, typename Run>
napi_value measure(napi_env env, napi_callback_info call, Run run) {
  std::array<napi_value, 2> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  napi_valuetype object = napi_undefined;
  napi_valuetype function = napi_undefined;
  if (count == 2) {
    napi_typeof(env, args[0], &object);
    napi_typeof(env, args[1], &function);
  }
  Options options;
  if (object != napi_object || function != napi_function || !parse(env, args[0], options)) {
    return refuse(env, "probe: expected options and a callback");
  }
  auto work = std::make_unique<Work>();
  work->measure = [run, options = std::move(options)] { return answer_with(run(options)); };
  napi_value name = nullptr;
  napi_create_string_utf8(env, "posix-par probe", NAPI_AUTO_LENGTH, &name);
  if (napi_create_async_work(env, nullptr, name, &execute, &complete, work.get(), &work->work) != napi_ok ||
      napi_create_reference(env, args[1], 1, &work->callback) != napi_ok ||
      napi_queue_async_work(env, work->work) != napi_ok) {
    return refuse(env, "probe: Node-API refused the work");
  }
  (void)work.release();  // NOLINT(bugprone-unused-return-value): complete() owns it now
  return nullptr;
}

}  // namespace

napi_value probe(napi_env env, napi_callback_info call) { return measure<probe::Options>(env, call, &probe::run); }

napi_value probe_writes(napi_env env, napi_callback_info call) {
  return measure<probe::WriteOptions>(env, call, &probe::run_writes);
}

}  // namespace posixpar::napi
