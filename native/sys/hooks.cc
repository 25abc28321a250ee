#include "native/sys/hooks.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace posixpar::sys {
namespace detail {

std::atomic<bool> faults_armed{false};

}  // namespace detail

namespace {

struct PlanState {
  FaultPlan plan;
  std::atomic<std::uint64_t> matched{0};
  std::atomic<std::uint64_t> struck{0};
};

struct FaultSet {
  explicit FaultSet(std::vector<FaultPlan> plans) : states(plans.size()) {
    for (std::size_t i = 0; i < plans.size(); ++i) states[i].plan = std::move(plans[i]);
  }
  std::vector<PlanState> states;
  std::atomic<std::uint64_t> expired_holds{0};
  std::atomic<std::uint64_t> held{0};
};

// Threads copy the shared pointer under the mutex and then use the set without the mutex. The copy keeps a set valid
// after it was replaced.
struct Installed {
  std::mutex mutex;
  std::condition_variable replaced;
  std::shared_ptr<FaultSet> set;
};

Installed& installed() {
  static auto& it = *new Installed;  // Never destroyed: pool threads may still use it at the end of the process.
  return it;
}

std::shared_ptr<FaultSet> current() {
  std::scoped_lock lock(installed().mutex);
  return installed().set;
}

/// True for operations that Op::change matches.
bool changes_files(Op op) {
  switch (op) {
    case Op::create:
    case Op::pwrite:
    case Op::copy_range:
    case Op::fallocate:
    case Op::ftruncate:
    case Op::sync:
    case Op::rename:
    case Op::unlink:
    case Op::mkdir:
      return true;
    default:
      return false;
  }
}

bool matches(const FaultPlan& plan, Op op, const std::string& path, std::uint64_t offset, std::uint64_t length) {
  if (plan.op != op && !(plan.op == Op::change && changes_files(op))) return false;
  if (!plan.path_substring.empty() && path.find(plan.path_substring) == std::string::npos) return false;
  if (op != Op::pread && op != Op::mmap && op != Op::pwrite) return true;
  const std::uint64_t end = offset > ~std::uint64_t{0} - length ? ~std::uint64_t{0} : offset + length;
  return offset < plan.offset_end && (end > plan.offset_begin || offset >= plan.offset_begin);
}

/// True if the next call that matches the plan would get the fault. Does not count a call.
bool is_due(const PlanState& state) {
  const std::uint64_t number = state.matched.load(std::memory_order_relaxed);
  return number >= state.plan.skip && (state.plan.times == 0 || number - state.plan.skip < state.plan.times);
}

/// Counts a call that matches the plan. \returns true if the call must get the fault.
bool strikes(PlanState& state) {
  const std::uint64_t number = state.matched.fetch_add(1, std::memory_order_relaxed);
  if (number < state.plan.skip) return false;
  if (state.plan.times != 0 && number - state.plan.skip >= state.plan.times) return false;
  state.struck.fetch_add(1, std::memory_order_relaxed);
  return true;
}

/// Holds a call: waits until `set` is no longer installed, but at most `limit_ms`. \returns an error if the time limit
/// was reached.
std::optional<Fault> hold(const std::shared_ptr<FaultSet>& set, std::uint64_t limit_ms) {
  std::unique_lock lock(installed().mutex);
  const auto is_released = [&] { return installed().set != set; };
  set->held.fetch_add(1, std::memory_order_relaxed);
  const bool released = installed().replaced.wait_for(lock, std::chrono::milliseconds(limit_ms), is_released);
  set->held.fetch_sub(1, std::memory_order_relaxed);
  if (released) return std::nullopt;
  set->expired_holds.fetch_add(1, std::memory_order_relaxed);
  return Fault{FaultAction::error, ETIMEDOUT};
}

/// Installs `set`, which may be null.
std::uint64_t replace(std::shared_ptr<FaultSet> set) {
  std::shared_ptr<FaultSet> old;
  {
    std::scoped_lock lock(installed().mutex);
    detail::faults_armed.store(set && !set->states.empty(), std::memory_order_relaxed);
    old = std::exchange(installed().set, std::move(set));
  }
  installed().replaced.notify_all();
  return old ? old->expired_holds.load(std::memory_order_relaxed) : 0;
}

}  // namespace

std::optional<Fault> detail::consult_slow(Op op, const std::string& path, std::uint64_t offset, std::uint64_t length,
                                          bool may_wait) {
  const std::shared_ptr<FaultSet> set = current();
  if (!set) return std::nullopt;
  for (PlanState& state : set->states) {
    if (state.plan.action == FaultAction::cold && may_wait) continue;
    if (state.plan.action == FaultAction::slow && !may_wait) {
      // For a call that must not wait, the kernel returns EAGAIN if the storage is slow.
      if (matches(state.plan, op, path, offset, length) && is_due(state)) return Fault{FaultAction::error, EAGAIN};
      continue;
    }
    if (!matches(state.plan, op, path, offset, length) || !strikes(state)) continue;
    switch (state.plan.action) {
      case FaultAction::delay:
      case FaultAction::slow:
        std::this_thread::sleep_for(std::chrono::milliseconds(state.plan.value));
        break;  // Later plans may still apply to the same call.
      case FaultAction::truncate:
        // The file belongs to a test. If it cannot be truncated, the test sees that the read was not short.
        if (::truncate(path.c_str(), static_cast<off_t>(state.plan.value)) != 0) break;
        break;
      case FaultAction::kill:
        // Kills the process, so raise(3) does not return.
        static_cast<void>(std::raise(SIGKILL));
        break;
      case FaultAction::hold:
        return may_wait ? hold(set, state.plan.value) : Fault{FaultAction::error, EAGAIN};
      case FaultAction::error:
      case FaultAction::shorten:
      case FaultAction::end:
      case FaultAction::cold:
      case FaultAction::eintr:
        return Fault{state.plan.action, state.plan.value};
    }
  }
  return std::nullopt;
}

std::uint64_t install_faults(std::vector<FaultPlan> plans) {
  return replace(std::make_shared<FaultSet>(std::move(plans)));
}

std::uint64_t clear_faults() { return replace(nullptr); }

std::vector<std::uint64_t> fault_counts() {
  std::vector<std::uint64_t> counts;
  if (const auto set = current()) {
    for (const PlanState& state : set->states) counts.push_back(state.struck.load(std::memory_order_relaxed));
  }
  return counts;
}

std::uint64_t held_calls() {
  const auto set = current();
  return set ? set->held.load(std::memory_order_relaxed) : 0;
}

}  // namespace posixpar::sys
