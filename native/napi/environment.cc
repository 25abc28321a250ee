#include "native/napi/environment.h"

#include <array>
#include <utility>

#include "native/napi/handles.h"
#include "native/napi/values.h"
#include "native/pool/disposal.h"
#include "native/pool/thread_pool.h"

namespace posixpar::napi {

Environment* Environment::of(napi_env env) {
  void* data = nullptr;
  return napi_get_instance_data(env, &data) == napi_ok ? static_cast<Environment*>(data) : nullptr;
}

bool Environment::create(napi_env env) {
  auto state = std::unique_ptr<Environment>(new Environment);
  state->env_ = env;
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "posix-par", NAPI_AUTO_LENGTH, &name) != napi_ok) return false;
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, state.get(), &call_js,
                                      &state->function_) != napi_ok) {
    return false;
  }
  if (napi_unref_threadsafe_function(env, state->function_) != napi_ok) return false;
  const auto finalize = [](napi_env, void* data, void*) {
    const std::unique_ptr<Environment> owned(static_cast<Environment*>(data));
  };
  if (napi_set_instance_data(env, state.get(), finalize, nullptr) != napi_ok) return false;
  if (napi_add_env_cleanup_hook(env, &cleanup, state.get()) != napi_ok) return false;
  pool::ThreadPool::instance().attach();
  (void)state.release();  // NOLINT(bugprone-unused-return-value): the environment owns it now
  return true;
}

void Environment::cleanup(void* data) {
  auto* self = static_cast<Environment*>(data);
  self->pending_.merge(self->abandoned_);
  for (auto& [ticket, pending] : self->pending_) {
    if (pending.read) pending.read->cancel();
    if (pending.lookup) pending.lookup->abandon();
    if (pending.change) pending.change->cancel();
  }
  for (auto& [ticket, pending] : self->pending_) {
    if (pending.read) pending.read->wait();
    if (pending.change) pending.change->wait();
  }
  // The references are not deleted, because the environment frees them when it ends.
  self->pending_.clear();
  napi_release_threadsafe_function(self->function_, napi_tsfn_abort);
  pool::ThreadPool::instance().detach();
}

std::optional<std::uint32_t> Environment::keep(napi_env env, Pending pending, napi_value target, napi_value stats,
                                               napi_value callback) {
  if (napi_create_reference(env, target, 1, &pending.target) != napi_ok ||
      napi_create_reference(env, stats, 1, &pending.stats) != napi_ok ||
      napi_create_reference(env, callback, 1, &pending.callback) != napi_ok ||
      (pending_.empty() && napi_ref_threadsafe_function(env, function_) != napi_ok)) {
    delete_references(env, pending);
    return std::nullopt;
  }
  const std::uint32_t ticket = next_ticket_++;
  pending_.emplace(ticket, std::move(pending));
  return ticket;
}

std::function<void()> Environment::on_end(std::uint32_t ticket) const {
  return [function = function_, ticket] {
    // Cannot fail: the queue is unbounded, and the function exists until all pending operations have ended.
    napi_call_threadsafe_function(function, reinterpret_cast<void*>(static_cast<std::uintptr_t>(ticket)),
                                  napi_tsfn_nonblocking);
  };
}

bool Environment::start_briefly(const std::shared_ptr<Read>& read) {
  if (!pending_.empty() || !brief_waits_.should_try()) return false;
  const auto wait = std::make_shared<BriefWait>();
  read->start([wait, report = on_end(next_ticket_)] {
    if (!wait->end()) report();
  });
  const bool ended = wait->wait(read->has_begun());
  brief_waits_.note(ended);
  if (!ended) started_ = read;
  return ended;
}

std::optional<std::uint32_t> Environment::start(napi_env env, const std::shared_ptr<Read>& read, napi_value target,
                                                napi_value stats, napi_value callback, napi_value tables) {
  const bool started = std::exchange(started_, nullptr) == read;
  Pending pending{.read = read};
  const bool kept = tables == nullptr || napi_create_reference(env, tables, 1, &pending.tables) == napi_ok;
  const auto ticket = kept ? keep(env, std::move(pending), target, stats, callback) : std::nullopt;
  if (ticket && !started) read->start(on_end(*ticket));
  if (!ticket && started) {
    // Without a reference, the memory of the target may be freed. So the read must end before this function returns.
    read->cancel();
    read->wait();
  }
  return ticket;
}

std::optional<std::uint32_t> Environment::start(napi_env env, const std::shared_ptr<Lookup>& lookup, napi_value memory,
                                                napi_value answers, napi_value callback) {
  const auto ticket = keep(env, {.lookup = lookup}, memory, answers, callback);
  if (ticket) lookup->start(on_end(*ticket));
  return ticket;
}

std::optional<std::uint32_t> Environment::start(napi_env env, const std::shared_ptr<Operation>& change,
                                                napi_value memory, napi_value stats, napi_value callback) {
  const auto ticket = keep(env, {.change = change}, memory, stats, callback);
  if (ticket) change->start(on_end(*ticket));
  return ticket;
}

bool Environment::abandon(napi_env env, std::uint32_t ticket, napi_value owner) {
  auto pending = take(env, ticket);
  if (!pending) return false;
  if (pending->lookup) {
    pending->lookup->abandon();
    delete_references(env, *pending);
    pool::dispose(std::move(pending->lookup), 0);  // Destroyed on the pool, because it may own open files.
  } else {
    napi_valuetype type = napi_null;
    napi_typeof(env, owner, &type);
    if (type == napi_object) napi_create_reference(env, owner, 1, &pending->owner);
    if (pending->read) pending->read->cancel();
    if (pending->change) pending->change->cancel();
    abandoned_.emplace(ticket, std::move(*pending));
  }
  return true;
}

std::optional<Pending> Environment::take(napi_env env, std::uint32_t ticket) {
  const auto found = pending_.find(ticket);
  if (found == pending_.end()) return std::nullopt;
  Pending pending = std::move(found->second);
  pending_.erase(found);
  if (pending_.empty()) napi_unref_threadsafe_function(env, function_);
  return pending;
}

void Environment::delete_references(napi_env env, const Pending& pending) {
  for (napi_ref reference : {pending.target, pending.stats, pending.callback, pending.tables, pending.owner}) {
    if (reference != nullptr) napi_delete_reference(env, reference);
  }
}

std::shared_ptr<Read> Environment::find(std::uint32_t ticket) const {
  const auto found = pending_.find(ticket);
  return found == pending_.end() ? nullptr : found->second.read;
}

std::shared_ptr<Operation> Environment::find_change(std::uint32_t ticket) const {
  const auto found = pending_.find(ticket);
  return found == pending_.end() ? nullptr : found->second.change;
}

void Environment::call_js(napi_env env, napi_value, void* context, void* data) {
  // The environment is ending, so no callback can run. cleanup() has abandoned all lookups, and has waited for the
  // other operations.
  if (env == nullptr) return;
  static_cast<Environment*>(context)->report(env, static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(data)));
}

void Environment::report(napi_env env, std::uint32_t ticket) {
  if (const auto found = abandoned_.find(ticket); found != abandoned_.end()) {
    delete_references(env, found->second);
    abandoned_.erase(found);
    return;
  }
  const auto taken = take(env, ticket);
  if (!taken) return;  // The lookup was abandoned after it had ended, so its end is not reported.
  const Pending& pending = *taken;
  // The pool's thread may still be in finished(), but does not use the memory any more.
  napi_value stats = nullptr;
  if (napi_get_reference_value(env, pending.stats, &stats) == napi_ok) {
    if (const auto words = to_doubles(env, stats)) {
      if (pending.read) pending.read->stats(*words);
      if (pending.lookup) write_answers(*words, pending.lookup->answers());
      if (pending.change) pending.change->stats(*words);
    }
  }
  napi_value callback = nullptr;
  napi_value undefined = nullptr;
  napi_get_reference_value(env, pending.callback, &callback);
  napi_get_undefined(env, &undefined);
  delete_references(env, pending);
  const auto& error = pending.read     ? pending.read->error()
                      : pending.change ? pending.change->error()
                                       : pending.lookup->error();
  napi_value details = undefined;
  if (!error && pending.lookup) details = answer_details(env, pending.lookup->answers());
  if (!error && pending.change && pending.change->opened()) details = wrap_handle(env, pending.change->opened());
  const std::array<napi_value, 2> arguments{error ? error_object(env, *error) : null_value(env), details};
  napi_value ignored = nullptr;
  napi_call_function(env, undefined, callback, arguments.size(), arguments.data(), &ignored);
}

}  // namespace posixpar::napi
