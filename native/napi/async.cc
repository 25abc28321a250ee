#include "native/napi/async.h"

namespace posixpar::napi::detail {

napi_value Question::start(napi_env env, const char* name, std::unique_ptr<Question> question) {
  napi_value promise = nullptr;
  napi_value label = nullptr;
  if (napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &label) != napi_ok ||
      napi_create_promise(env, &question->deferred_, &promise) != napi_ok) {
    return nullptr;
  }
  const auto execute = [](napi_env, void* data) { static_cast<Question*>(data)->ask(); };
  if (napi_create_async_work(env, nullptr, label, execute, &complete, question.get(), &question->work_) != napi_ok) {
    return nullptr;
  }
  if (napi_queue_async_work(env, question->work_) != napi_ok) {
    napi_delete_async_work(env, question->work_);
    return nullptr;
  }
  (void)question.release();  // NOLINT(bugprone-unused-return-value): complete() owns it now
  return promise;
}

void Question::complete(napi_env env, napi_status status, void* data) {
  const std::unique_ptr<Question> question(static_cast<Question*>(data));
  // If the call was cancelled, the environment is ending. The answer does not matter then.
  napi_value value = status == napi_ok ? question->answer(env) : null_value(env);
  if (value == nullptr) value = null_value(env);
  napi_resolve_deferred(env, question->deferred_, value);
  napi_delete_async_work(env, question->work_);
}

}  // namespace posixpar::napi::detail
