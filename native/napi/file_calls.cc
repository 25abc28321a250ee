#include <array>
#include <cmath>
#include <vector>

#include "native/codecs/codec.h"
#include "native/napi/calls.h"
#include "native/napi/handles.h"
#include "native/napi/values.h"
#include "native/sys/open_file.h"

namespace posixpar::napi {
namespace {

Error invalid(const char* op, std::string message) {
  Error error;
  error.kind = ErrorKind::invalid;
  error.op = op;
  error.message = std::move(message);
  return error;
}

/// Parses the words [count, (id, parameter count, parameters...)...].
Result<std::vector<CodecSpec>> read_specs(std::span<const double> words) {
  std::vector<CodecSpec> specs;
  std::size_t at = 0;
  const auto natural = [&](double limit) -> std::size_t {
    const double v = at < words.size() ? words[at++] : -1;
    return v >= 0 && v <= limit && v == std::floor(v) ? static_cast<std::size_t>(v) : SIZE_MAX;
  };
  const std::size_t count = natural(64);
  if (count == SIZE_MAX) return invalid("make_chain", "expected at most 64 codecs");
  for (std::size_t c = 0; c < count; c++) {
    const std::size_t id = natural(65535);
    const std::size_t params = natural(65536);
    if (id == SIZE_MAX || params == SIZE_MAX || params > words.size() - at)
      return invalid("make_chain", "a codec leaves the words");
    CodecSpec spec;
    spec.id = static_cast<CodecId>(id);
    spec.params.assign(words.begin() + static_cast<std::ptrdiff_t>(at),
                       words.begin() + static_cast<std::ptrdiff_t>(at + params));
    at += params;
    specs.push_back(std::move(spec));
  }
  return specs;
}

/// A path, and the directories (roots) to which it is confined; null if it is not confined.
struct PathArgs {
  std::string path;
  std::shared_ptr<const sys::Roots> roots;
};

std::optional<PathArgs> read_path(napi_env env, napi_callback_info call) {
  std::array<napi_value, 2> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  if (count < 2) return std::nullopt;
  auto path = to_string(env, args[0]);
  auto roots = roots_or_null(env, args[1]);
  if (!path || !roots) return std::nullopt;
  return PathArgs{std::move(*path), std::move(*roots)};
}

}  // namespace

napi_value open_directory(napi_env env, napi_callback_info call) {
  auto args = read_path(env, call);
  if (!args) return refuse(env, "open_directory: expected a path and roots or null");
  auto directory = sys::Directory::open(args->path, std::move(args->roots));
  if (!directory.ok()) return error_object(env, directory.error());
  return wrap_handle(env, std::move(directory).value());
}

napi_value make_chain(napi_env env, napi_callback_info call) {
  std::array<napi_value, 3> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto words = count == 3 ? to_doubles(env, args[0]) : std::nullopt;
  const double bytes = count == 3 ? to_number(env, args[1]).value_or(-1) : -1;
  napi_valuetype type = napi_undefined;
  if (count == 3) napi_typeof(env, args[2], &type);
  const auto source = type == napi_null ? nullptr : to_deflate_source(env, args[2]);
  if (!words || !(bytes >= 0 && bytes <= 9007199254740991.0) || (type != napi_null && source == nullptr))
    return refuse(env, "make_chain: expected words, a size, and a deflate stream or null");
  auto specs = read_specs(*words);
  if (!specs.ok()) return error_object(env, specs.error());
  for (CodecSpec& spec : *specs) spec.source = source;
  auto chain = CodecChain::build(*specs, static_cast<std::size_t>(bytes));
  if (!chain.ok()) return error_object(env, chain.error());
  return wrap_handle(env, std::make_shared<const CodecChain>(std::move(chain).value()));
}

napi_value release(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  if (count == 1) release_handle(env, args[0]);
  return nullptr;
}

}  // namespace posixpar::napi
