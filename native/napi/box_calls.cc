#include <array>
#include <memory>
#include <variant>

#include "native/exec/run/read_box.h"
#include "native/napi/calls.h"
#include "native/napi/handles.h"
#include "native/napi/values.h"

namespace posixpar::napi {

napi_value read_box(napi_env env, napi_callback_info call) {
  std::array<napi_value, 4> args{};
  std::size_t count = args.size();
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size()) {
    return refuse(env, "read_box: expected four arguments");
  }
  const auto words = to_doubles(env, args[1]);
  const auto target = to_view(env, args[2]);
  const auto stats = to_doubles(env, args[3]);
  if (!words || !target || !stats) return refuse(env, "read_box: expected numbers, a target and statistics");
  // A released handle is no error here: the read that follows reports it.
  const PlanHandle* handle = unwrap_handle(env, args[0]);
  const auto* file = handle == nullptr ? nullptr : std::get_if<std::shared_ptr<sys::OpenFile>>(handle);
  bool done = false;
  if (file != nullptr) {
    const auto box = decode_box(*words);
    ReadCounters counters;
    done = box && box->bytes() <= target->bytes && posixpar::read_box(**file, *box, target->data, counters);
    for (std::size_t w = 0; done && w < kStatWords && w < stats->size(); w++) {
      (*stats)[w] = static_cast<double>(counters.words[w]);
    }
  }
  napi_value answer = nullptr;
  napi_get_boolean(env, done, &answer);
  return answer;
}

}  // namespace posixpar::napi
