#pragma once
/// \file State of one JS environment (the main thread, or a worker): its reads and lookups in flight, and its
/// threadsafe function.
///
/// Rules that prevent access to freed memory:
/// 1. References to JS values are created and deleted only on the thread of the environment.
/// 2. A read in flight has references to its target and its statistics until it has ended.
/// 3. The threadsafe function is referenced while reads are in flight, so the process waits for them. Otherwise it is
///    unreferenced, so the process ends when JS has nothing left to do.
/// 4. When the environment ends, the cleanup hook cancels its reads and waits for them, before it releases the
///    threadsafe function. So no thread of the pool can call into an environment that has ended. Lookups are abandoned.
/// 5. The end of an abandoned operation is not reported to JS. The references of a read are kept until the read has
///    ended. The references of a lookup are deleted immediately, because the lookup no longer uses them
///    (Lookup::abandon).
#include <node_api.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "native/exec/lookup.h"
#include "native/exec/run/brief_wait.h"
#include "native/exec/run/read.h"

namespace posixpar::napi {

/// Writes the answers to `words` as numbers. Stops if `words` is full.
void write_answers(std::span<double> words, const std::vector<LookupAnswer>& answers);
/// Returns the part of a single item's answer that is not a number: the open file, or the names.
napi_value answer_details(napi_env env, const std::vector<LookupAnswer>& answers);

/// A read or a lookup whose end has not been reported to JS.
struct Pending {
  std::shared_ptr<Read> read;
  std::shared_ptr<Lookup> lookup;
  napi_ref target = nullptr;
  napi_ref stats = nullptr;
  napi_ref callback = nullptr;
  napi_ref tables = nullptr;  ///< Tables of a plan that a pool thread decodes; null for other operations.
  napi_ref owner = nullptr;   ///< Owner of the memory of an abandoned read; null if `target` still owns it.
};

class Environment {
 public:
  /// Returns the state of an environment, which create() has made.
  static Environment* of(napi_env env);
  /// Creates the state when an environment loads the addon. \returns false if Node-API fails.
  static bool create(napi_env env);

  /// Starts `read` and waits a short time for its end, if nothing else is in flight and recent reads ended in that
  /// time. Otherwise does nothing. \returns true if the read has ended; otherwise call start() with the same read.
  bool start_briefly(const std::shared_ptr<Read>& read);
  /// Starts `read` unless start_briefly() has started it, and reports its end to `callback`. \returns the ticket, or
  /// nothing if Node-API fails.
  /// \param tables  tables of the plan if the read still needs them; kept until the read has ended. May be null.
  std::optional<std::uint32_t> start(napi_env env, const std::shared_ptr<Read>& read, napi_value target,
                                     napi_value stats, napi_value callback, napi_value tables);
  /// Starts `lookup`, and reports its end to `callback`. Keeps `memory` and `answers` until then. \returns the ticket,
  /// or nothing if Node-API fails.
  std::optional<std::uint32_t> start(napi_env env, const std::shared_ptr<Lookup>& lookup, napi_value memory,
                                     napi_value answers, napi_value callback);
  /// Cancels the operation of a ticket and does not report its end. \returns false if its end was already reported.
  /// \param owner  object that is kept until the read has ended; null or the JS value null for none.
  bool abandon(napi_env env, std::uint32_t ticket, napi_value owner);
  /// Returns the read of a ticket, or null if it has ended.
  std::shared_ptr<Read> find(std::uint32_t ticket) const;

 private:
  Environment() = default;
  static void cleanup(void* data);
  static void call_js(napi_env env, napi_value callback, void* context, void* data);
  /// Creates the references of `pending` and stores it. \returns the ticket, or nothing if Node-API fails.
  std::optional<std::uint32_t> keep(napi_env env, Pending pending, napi_value target, napi_value stats,
                                    napi_value callback);
  /// Returns the function that a thread of the pool calls at the end of an operation.
  [[nodiscard]] std::function<void()> on_end(std::uint32_t ticket) const;
  void report(napi_env env, std::uint32_t ticket);
  /// Removes an operation from the pending operations, which keep the process alive.
  std::optional<Pending> take(napi_env env, std::uint32_t ticket);
  static void delete_references(napi_env env, const Pending& pending);

  napi_env env_ = nullptr;
  napi_threadsafe_function function_ = nullptr;
  std::uint32_t next_ticket_ = 1;
  std::shared_ptr<Read> started_;  // Read that start_briefly() has started and that had not ended when it returned.
  BriefWaitHistory brief_waits_;
  std::unordered_map<std::uint32_t, Pending> pending_;
  std::unordered_map<std::uint32_t, Pending> abandoned_;  // Abandoned reads that have not ended.
};

}  // namespace posixpar::napi
