#include <array>
#include <cmath>
#include <vector>

#include "native/codecs/codec.h"
#include "native/napi/calls.h"
#include "native/napi/handles.h"
#include "native/napi/values.h"
#include "native/sys/file_cache.h"
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

/// Words [count, (id, parameter count, parameters...)...].
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

}  // namespace

napi_value open_file(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto path = count == 1 ? to_string(env, args[0]) : std::nullopt;
  if (!path) return refuse(env, "open_file: expected a path");
  auto file = sys::FileCache::instance().open(*path);
  if (!file.ok()) return error_object(env, file.error());
  const sys::FileId id = (*file)->id();
  napi_value object = nullptr;
  napi_create_object(env, &object);
  napi_set_named_property(env, object, "handle", wrap_handle(env, std::move(file).value()));
  set_number(env, object, "size", static_cast<double>(id.size));
  set_number(env, object, "device", static_cast<double>(id.device));
  set_number(env, object, "inode", static_cast<double>(id.inode));
  return object;
}

napi_value open_directory(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto path = count == 1 ? to_string(env, args[0]) : std::nullopt;
  if (!path) return refuse(env, "open_directory: expected a path");
  auto directory = sys::Directory::open(*path);
  if (!directory.ok()) return error_object(env, directory.error());
  return wrap_handle(env, std::move(directory).value());
}

napi_value make_chain(napi_env env, napi_callback_info call) {
  std::array<napi_value, 2> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto words = count == 2 ? to_doubles(env, args[0]) : std::nullopt;
  const auto bytes = count == 2 ? to_number(env, args[1]) : std::nullopt;
  if (!words || !bytes || !(*bytes >= 0 && *bytes <= 9007199254740991.0))
    return refuse(env, "make_chain: expected words and a size");
  auto specs = read_specs(*words);
  if (!specs.ok()) return error_object(env, specs.error());
  auto chain = CodecChain::build(*specs, static_cast<std::size_t>(*bytes));
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
