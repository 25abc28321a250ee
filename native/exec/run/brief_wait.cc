#include "native/exec/run/brief_wait.h"

#include <thread>

#include "native/exec/strategy/facts.h"
#include "native/sys/clock.h"
#include "native/sys/cpu.h"

namespace posixpar {
namespace {

/// Maximum time that the JavaScript thread waits for a read. It waits longer only if yield() returns late, because
/// other programs use the CPU. A small cached read usually ends within this time if a pool thread takes it immediately.
constexpr std::uint64_t kBriefWaitNs = 100'000;
/// A pool thread that runs on another CPU usually begins the read within this time.
constexpr std::uint64_t kBeginNs = 5'000;

}  // namespace

bool is_worth_a_brief_wait(const Plan& plan) {
  return is_inline_candidate(plan) && plan.layers.size() == 1 && plan.layers[0].partial_reads &&
         plan.layers[0].use_count() <= 4;
}

bool BriefWait::wait(const std::atomic<bool>& has_begun) {
  const std::uint64_t begin = sys::monotonic_ns();
  std::uint64_t now = begin;
  while (state_.load(std::memory_order_acquire) == State::waiting && now - begin < kBriefWaitNs) {
    // Does not yield while the read runs, because a program that got this CPU would only extend the wait. Yields if the
    // read has still not begun, because the pool's thread may be waiting for this CPU.
    if (now - begin < kBeginNs || has_begun.load(std::memory_order_relaxed)) {
      sys::relax_cpu();
    } else {
      std::this_thread::yield();
    }
    now = sys::monotonic_ns();
  }
  auto expected = State::waiting;
  return !state_.compare_exchange_strong(expected, State::left, std::memory_order_acq_rel);
}

}  // namespace posixpar
