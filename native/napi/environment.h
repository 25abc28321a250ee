#pragma once
/// \file State of one JS environment (the main thread, or a worker): its operations in flight, and its threadsafe
/// function. An operation is a read, a lookup, or another job (Operation), such as a write.
///
/// Rules that prevent access to freed memory:
/// - References to JS values are created and deleted only on the thread of the environment.
/// - An operation in flight has references to its memory and its statistics until it has ended.
/// - The threadsafe function is referenced while operations are in flight, so the process waits for them. Otherwise it
///   is unreferenced, so the process ends when JS has nothing left to do.
/// - When the environment ends, the cleanup hook abandons its lookups, cancels its other operations, and waits for
///   these before it releases the threadsafe function. So no thread of the pool can call into an environment that has
///   ended.
/// - The end of an abandoned operation is not reported to JS. The references of a lookup are deleted immediately,
///   because the lookup no longer uses them (Lookup::abandon). The references of other operations are kept until they
///   have ended.
#include <node_api.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "native/base/backoff.h"
#include "native/exec/lookup.h"
#include "native/exec/run/brief_wait.h"
#include "native/exec/run/read.h"
#include "native/exec/write/operation.h"

namespace posixpar::napi {

/// Writes the numbers of the answers (LookupWord) to `words`. Stops if `words` is full.
void write_answers(std::span<double> words, const std::vector<LookupAnswer>& answers);
/// Returns the parts of the answers that are not numbers. For items of the kind `root`, this is one set of all roots.
/// For one item of another kind, it is the open file, the restart points, the directory, or an array of names (empty if
/// the item is no `list`). For several items, it is JS null.
napi_value answer_details(napi_env env, const std::vector<LookupAnswer>& answers);

/// An operation whose end has not been reported to JS: one of `read`, `lookup` and `change` is set.
struct Pending {
  std::shared_ptr<Read> read{};
  std::shared_ptr<Lookup> lookup{};
  std::shared_ptr<Operation> change{};  ///< Any other job: a write, a flush, steps that change files, a reduction.
  napi_ref target = nullptr;
  napi_ref stats = nullptr;
  napi_ref callback = nullptr;
  napi_ref tables = nullptr;  ///< Tables of a plan that a pool thread decodes; null for other operations.
  napi_ref owner = nullptr;   ///< Owner of the memory of an abandoned operation; null if `target` owns it.
};

class Environment {
 public:
  /// Returns the state of an environment, which create() has made.
  static Environment* of(napi_env env);
  /// Creates the state when an environment loads the addon. \returns false if Node-API fails.
  static bool create(napi_env env);

  /// If nothing else is in flight and recent reads ended quickly, starts `read` and waits a short time for its end
  /// (brief_wait.h). Otherwise does nothing. \returns true if the read has ended; otherwise call start() with the same
  /// read.
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
  /// Starts `change`, and reports its end to `callback`. Keeps `memory` and `stats` until then. \returns the ticket, or
  /// nothing if Node-API fails.
  std::optional<std::uint32_t> start(napi_env env, const std::shared_ptr<Operation>& change, napi_value memory,
                                     napi_value stats, napi_value callback);
  /// Cancels the operation of a ticket. Its end will not be reported. \returns false if its end was already reported,
  /// if it was already abandoned, or if there was no such ticket. \param owner  JS object that is kept alive until the
  /// operation has ended; null or the JS value null if there is none.
  bool abandon(napi_env env, std::uint32_t ticket, napi_value owner);
  /// Returns the read of a ticket; null if its end was reported, if it was abandoned, or if the operation is no read.
  std::shared_ptr<Read> find(std::uint32_t ticket) const;
  /// Returns Pending::change of a ticket; null if the end of the operation was reported, if it was abandoned, or if it
  /// is a read or a lookup.
  std::shared_ptr<Operation> find_change(std::uint32_t ticket) const;

 private:
  Environment() = default;
  static void cleanup(void* data);
  static void call_js(napi_env env, napi_value callback, void* context, void* data);
  /// Creates the references of `pending` and stores it. \returns the ticket, or nothing if Node-API fails; then all
  /// references of `pending` are deleted.
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
  std::shared_ptr<Read> started_;  // Read that start_briefly() has started, if it had not ended after the brief wait.
  Backoff brief_waits_{kMaxSkippedWaits};
  std::unordered_map<std::uint32_t, Pending> pending_;
  std::unordered_map<std::uint32_t, Pending> abandoned_;  // Abandoned reads and changes that have not ended.
};

}  // namespace posixpar::napi
