#pragma once
/// \file Makes a call on a thread of libuv, and returns a promise. Used for calls that may block, for example if a
/// network file system does not answer. Only storage_facts() and page_cache() use this; reads of data never do.
#include <node_api.h>

#include <functional>
#include <memory>
#include <utility>

#include "native/napi/values.h"

namespace posixpar::napi {

namespace detail {

/// A call in flight. Node owns it from start() until complete() has ended.
class Question {
 public:
  Question() = default;
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  virtual ~Question() = default;
  /// Makes the call, on a thread of libuv. Must not use Node-API.
  virtual void ask() = 0;
  /// Returns the result as a JS value, on the thread of the environment.
  virtual napi_value answer(napi_env env) = 0;
  /// Queues `question`. \returns the promise, or null if Node-API fails.
  static napi_value start(napi_env env, const char* name, std::unique_ptr<Question> question);

 private:
  static void complete(napi_env env, napi_status status, void* data);
  napi_async_work work_ = nullptr;
  napi_deferred deferred_ = nullptr;
};

}  // namespace detail

/// Calls `ask` on a thread of libuv and returns a promise for `answer(env, result of ask)`. The promise never rejects.
/// \param name  name of the asynchronous resource, for diagnostics.
template <typename Ask, typename Answer>
napi_value promise_of(napi_env env, const char* name, Ask ask, Answer answer) {
  class Both final : public detail::Question {
   public:
    Both(Ask ask, Answer answer) : ask_(std::move(ask)), answer_(std::move(answer)) {}
    void ask() override { found_.emplace(ask_()); }
    napi_value answer(napi_env env) override { return found_ ? answer_(env, *found_) : null_value(env); }

   private:
    Ask ask_;
    Answer answer_;
    std::optional<decltype(std::declval<Ask&>()())> found_;
  };
  return detail::Question::start(env, name, std::make_unique<Both>(std::move(ask), std::move(answer)));
}

}  // namespace posixpar::napi
