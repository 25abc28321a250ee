#pragma once
/// \file State of one JS environment (the main thread, or a worker): its reads and lookups in flight, and its
/// threadsafe function.
///
/// Rules that prevent access to freed memory:
/// 1. References to JS values are made and deleted on the environment's thread only.
/// 2. A read in flight holds references to its target and its statistics until it has ended.
/// 3. The threadsafe function is referenced while reads are in flight, so the process waits for them, and unreferenced
///    otherwise, so it ends when JS has nothing left to do.
/// 4. When the environment goes, its reads are cancelled and waited for in the cleanup hook, before the threadsafe
///    function is released: no thread of the pool can call into an environment that is gone. Lookups are abandoned.
/// 5. An operation that is abandoned is not reported: JS goes on without it. The references of a read stay until it has
///    ended; those of a lookup go at once, since it does not touch them any more (Lookup::abandon).
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

/// Writes the words of the answers, as far as `words` has room.
void write_answers(std::span<double> words, const std::vector<LookupAnswer>& answers);
/// Returns the part of a single item's answer that is not in the words: the open file, or the names.
napi_value answer_details(napi_env env, const std::vector<LookupAnswer>& answers);

/// A read or a lookup that has not been reported to JS yet.
struct Pending {
  std::shared_ptr<Read> read;
  std::shared_ptr<Lookup> lookup;
  napi_ref target = nullptr;
  napi_ref stats = nullptr;
  napi_ref callback = nullptr;
  napi_ref tables = nullptr;  ///< Tables of a plan that a pool thread decodes; null for others.
  napi_ref owner = nullptr;   ///< Owner of the memory of an abandoned read; null if `target` still owns it.
};

class Environment {
 public:
  /// The environment's state; made by create() when the addon is loaded into it.
  static Environment* of(napi_env env);
  /// \returns whether it could be made.
  static bool create(napi_env env);

  /// Starts `read`, and waits for a moment if nothing else is in flight and recent reads ended that soon. Call before
  /// start(), with the same read. \returns true if the read has ended. If it returns false, start() must be called.
  bool start_briefly(const std::shared_ptr<Read>& read);
  /// Starts `read` unless start_briefly() did, and reports its end to `callback`. \returns the ticket, or nothing if
  /// Node-API fails.
  /// \param tables  what the read still needs of its plan, kept until the read has ended; or null.
  std::optional<std::uint32_t> start(napi_env env, const std::shared_ptr<Read>& read, napi_value target,
                                     napi_value stats, napi_value callback, napi_value tables);
  /// Starts `lookup`; its memory and words are kept until `callback` was told. \returns as the other.
  std::optional<std::uint32_t> start(napi_env env, const std::shared_ptr<Lookup>& lookup, napi_value memory,
                                     napi_value answers, napi_value callback);
  /// Cancels the operation of a ticket and does not report its end. \returns false if it has been reported.
  /// \param owner  kept until a read has ended; null or the value null for nothing.
  bool abandon(napi_env env, std::uint32_t ticket, napi_value owner);
  /// The read of a ticket, or null when it has ended.
  std::shared_ptr<Read> find(std::uint32_t ticket) const;

 private:
  Environment() = default;
  static void cleanup(void* data);
  static void call_js(napi_env env, napi_value callback, void* context, void* data);
  /// Makes the references of `pending` and keeps it. \returns the ticket, or nothing when Node-API fails.
  std::optional<std::uint32_t> keep(napi_env env, Pending pending, napi_value target, napi_value stats,
                                    napi_value callback);
  /// Called at the end by a thread of the pool.
  [[nodiscard]] std::function<void()> on_end(std::uint32_t ticket) const;
  void report(napi_env env, std::uint32_t ticket);
  /// Takes the operation out of those that keep the process alive.
  std::optional<Pending> take(napi_env env, std::uint32_t ticket);
  static void delete_references(napi_env env, const Pending& pending);

  napi_env env_ = nullptr;
  napi_threadsafe_function function_ = nullptr;
  std::uint32_t next_ticket_ = 1;
  std::shared_ptr<Read> started_;  // Started by start_briefly(), and not ended when that returned.
  BriefWaitHistory brief_waits_;
  std::unordered_map<std::uint32_t, Pending> pending_;
  std::unordered_map<std::uint32_t, Pending> abandoned_;  // Reads that have not ended.
};

}  // namespace posixpar::napi
