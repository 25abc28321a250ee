#pragma once
/// \file The process-wide SIGBUS handler behind Mapping, and the table of addresses that it guards.
/// The handler is never removed. When a worker thread ends, Node unloads the addons that only this worker had loaded;
/// the addon is linked with -z nodelete, so the code of the handler stays.
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace posixpar::sys::detail {

/// One guarded range of addresses. Objects are reused for other ranges and never freed, so that the signal handler may
/// read them at any time.
///
/// The fault is recorded for the region, not for the thread: once zero pages replace a page, every thread that reads it
/// gets zeros without a signal. So the handler needs no thread-local state. In a library loaded with dlopen, such state
/// might be allocated at its first use, which is not allowed inside a signal handler.
struct GuardedRegion {
  /// Odd while the range is being changed. The handler uses a range only if the version is even and the same before and
  /// after it reads the range.
  std::atomic<std::uint32_t> version{0};
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};    ///< 0 if the object guards no range.
  std::atomic<std::uintptr_t> fault{0};  ///< Address of the page with the first fault; 0 if there was no fault.
  std::atomic<bool> taken{false};
};

/// Installs the handler with the first call. Returns true if it is still the handler of the process. If other code has
/// installed its own handler, mapped files must not be read.
bool sigbus_guard_active();

/// Guards the page-aligned range [begin, end). Returns null only if there is no memory left.
GuardedRegion* guard_region(std::uintptr_t begin, std::uintptr_t end);

/// Stops guarding a range. Call it when no thread reads the memory any more, before the memory is unmapped.
void unguard_region(GuardedRegion* region);

}  // namespace posixpar::sys::detail
