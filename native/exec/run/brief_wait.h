#pragma once
/// \file Lets the JavaScript thread wait briefly for a small read on the pool. For cached data this is faster than to
/// be notified through the event loop (docs/adr/0001-cached-data.md).
#include <atomic>
#include <cstdint>

#include "native/exec/plan/plan.h"

namespace posixpar {

/// True if a read of `plan` takes little time when its data is in the page cache, because it copies a small result from
/// few plain chunks.
bool is_worth_a_brief_wait(const Plan& plan);

/// Decides which thread reports the end of a read: the JavaScript thread if it still waits, else the pool's thread.
/// Each function is called once per read.
class BriefWait {
 public:
  /// Called by the thread of the pool at the end of the read. \returns true if the JavaScript thread reports the end.
  bool end() { return state_.exchange(State::ended, std::memory_order_acq_rel) == State::waiting; }

  /// Called by the JavaScript thread. Waits until the read ends, but at most about 0.1 ms. \returns true if the read
  /// has ended; the caller must then report the end. Otherwise the pool's thread reports it. \param has_begun  becomes
  /// true when a thread begins the read.
  bool wait(const std::atomic<bool>& has_begun);

 private:
  enum class State : std::uint8_t { waiting, left, ended };
  std::atomic<State> state_{State::waiting};
};

/// Maximum number of reads for which the JavaScript thread skips the wait, after a read that did not end in time. So a
/// series of longer reads costs the JavaScript thread almost no time.
inline constexpr unsigned kMaxSkippedWaits = 64;

}  // namespace posixpar
