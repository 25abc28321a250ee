#pragma once
/// \file Fault injection inside the system-call wrappers, for tests. If no plan is installed, it costs one relaxed load
/// per call.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "native/base/generated/names.h"

namespace posixpar::sys {

/// Selects the calls that fail, and their failure. A call matches a plan if operation, path and offset match.
struct FaultPlan {
  Op op = Op::pread;
  std::string path_substring{};    ///< Empty: any path.
  std::uint64_t offset_begin = 0;  ///< For pread and mmap: the bytes must overlap [offset_begin, offset_end).
  std::uint64_t offset_end = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t skip = 0;   ///< Number of matching calls that pass first.
  std::uint64_t times = 1;  ///< Number of calls that then fail; 0: all.
  FaultAction action = FaultAction::error;
  std::uint64_t value = 0;  ///< errno, bytes, milliseconds or size, depending on the action.
};

/// Replaces all plans and releases the calls that they hold. Thread-safe, also while other threads are inside system
/// calls.
/// \returns how many holds of the replaced plans have reached their time limit.
std::uint64_t install_faults(std::vector<FaultPlan> plans);
/// Removes all plans. If a call has already received a fault, the fault still takes effect.
/// \returns as install_faults().
std::uint64_t clear_faults();
/// Returns the number of calls that each plan affected, in the order of installation; empty without plans.
std::vector<std::uint64_t> fault_counts();
/// Number of calls that are held at the moment.
std::uint64_t held_calls();

/// A fault that a wrapper must apply to its system call.
struct Fault {
  FaultAction action = FaultAction::error;
  std::uint64_t value = 0;
};

namespace detail {
extern std::atomic<bool> faults_armed;
std::optional<Fault> consult_slow(Op op, const std::string& path, std::uint64_t offset, std::uint64_t length,
                                  bool may_wait);
}  // namespace detail

/// Returns the fault that a wrapper must apply to a call, if any. Delays, truncations and holds are applied here and
/// not returned; but if a hold reaches its time limit, an error is returned.
inline std::optional<Fault> consult_faults(Op op, const std::string& path, std::uint64_t offset = 0,
                                           std::uint64_t length = 0, bool may_wait = true) {
  if (!detail::faults_armed.load(std::memory_order_relaxed)) [[likely]]
    return std::nullopt;
  return detail::consult_slow(op, path, offset, length, may_wait);
}

}  // namespace posixpar::sys
