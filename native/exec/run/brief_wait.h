#pragma once
/// \file Short waits of the JavaScript thread for small reads on the pool (docs/adr/0001-cached-data.md).
#include <algorithm>
#include <atomic>
#include <cstdint>

#include "native/exec/plan/plan.h"

namespace posixpar {

/// True if a read of `plan` probably ends soon if its data is in memory: a small result from few plain chunks.
bool is_worth_a_brief_wait(const Plan& plan);

/// Decides which thread reports the end of a read: the JavaScript thread if it still waits, else the pool's thread.
/// Each function is called once.
class BriefWait {
 public:
  /// Called by the thread of the pool at the end of the read. \returns true if the JavaScript thread reports the end.
  bool end() { return state_.exchange(State::ended, std::memory_order_acq_rel) == State::waiting; }

  /// Called by the JavaScript thread. Waits until the read ends, but at most for a short fixed time. \returns true if
  /// the read has ended; the caller must then report the end. Otherwise the pool's thread reports it.
  bool wait();

 private:
  enum class State : std::uint8_t { waiting, left, ended };
  std::atomic<State> state_{State::waiting};
};

/// Skips some waits after a read has not ended in time, so that longer reads cost the JavaScript thread almost no time.
/// Each JavaScript thread has its own.
class BriefWaitHistory {
 public:
  /// True if the next read should be waited for.
  bool should_wait() {
    if (skips_ == 0) return true;
    skips_--;
    return false;
  }
  void note(bool ended_in_time) {
    next_skips_ = ended_in_time ? 1 : std::min(2 * next_skips_, kMaxSkips);
    skips_ = ended_in_time ? 0 : next_skips_;
  }

 private:
  static constexpr unsigned kMaxSkips = 64;
  unsigned skips_ = 0;
  unsigned next_skips_ = 1;
};

}  // namespace posixpar
