#include "native/exec/run/brief_wait.h"

#include "native/exec/strategy/facts.h"
#include "native/sys/clock.h"

namespace posixpar {
namespace {

/// Maximum wait, which is also the longest delay of the event loop. A small cached read usually ends within this time
/// if a thread takes it immediately.
constexpr std::uint64_t kBriefWaitNs = 100'000;

}  // namespace

bool is_worth_a_brief_wait(const Plan& plan) {
  return is_inline_candidate(plan) && plan.layers.size() == 1 && plan.layers[0].partial_reads &&
         plan.layers[0].use_count() <= 4;
}

bool BriefWait::wait() {
  const std::uint64_t end = sys::monotonic_ns() + kBriefWaitNs;
  // No yield(): another program that ran in between would extend the wait.
  while (state_.load(std::memory_order_acquire) == State::waiting && sys::monotonic_ns() < end) {
  }
  auto expected = State::waiting;
  return !state_.compare_exchange_strong(expected, State::left, std::memory_order_acq_rel);
}

}  // namespace posixpar
