#pragma once
/// \file Fault injection inside the system-call wrappers, for tests. While no plan is installed, this costs one relaxed
/// load per call.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "native/base/generated/names.h"

namespace posixpar::sys {

/// Selects system calls and the fault that they get. A call matches a plan if operation, path and offset match.
struct FaultPlan {
  Op op = Op::pread;
  std::string path_substring{};    ///< Must be a part of the path. If empty, any path matches.
  std::uint64_t offset_begin = 0;  ///< pread, pwrite, mmap: the range must overlap [offset_begin, offset_end).
  std::uint64_t offset_end = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t skip = 0;   ///< Number of matching calls that get no fault, before the first one that gets it.
  std::uint64_t times = 1;  ///< Number of calls that then get the fault; 0 means all calls.
  FaultAction action = FaultAction::error;
  std::uint64_t value = 0;  ///< errno, bytes, milliseconds or size, depending on the action.
};

/// Replaces all plans, and releases the calls that the old plans hold (FaultAction::hold). Thread-safe, also while
/// other threads make system calls. \returns the number of calls that the old plans held until the time limit.
std::uint64_t install_faults(std::vector<FaultPlan> plans);
/// Removes all plans. If a call has already received a fault, the fault still takes effect.
/// \returns the result of install_faults().
std::uint64_t clear_faults();
/// Returns for each installed plan the number of calls that got its fault.
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

/// True if plans are installed.
inline bool has_faults() { return detail::faults_armed.load(std::memory_order_relaxed); }

/// Returns the fault that a wrapper must apply to a call; nothing if there is none. Applies delays, truncations, kills
/// and holds itself, and does not return them. If a hold reaches its time limit, returns an error. \param may_wait
/// false for a call that must not wait: it gets EAGAIN instead of being held or slowed down.
inline std::optional<Fault> consult_faults(Op op, const std::string& path, std::uint64_t offset = 0,
                                           std::uint64_t length = 0, bool may_wait = true) {
  if (!detail::faults_armed.load(std::memory_order_relaxed)) [[likely]]
    return std::nullopt;
  return detail::consult_slow(op, path, offset, length, may_wait);
}

}  // namespace posixpar::sys
