#pragma once
/// \file The process-wide SIGBUS handler behind Mapping, and the table of addresses that it guards.
/// The handler is never removed: the addon is linked with -z nodelete, so that its code stays when a worker thread of
/// Node, which unloads the addons that only it had loaded, ends.
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace posixpar::sys::detail {

/// One guarded range of addresses. Slots are reused and never freed, so that the handler may read them at any time.
///
/// The fault is noted for the region and not for the thread: once zero pages replace a page, every thread that reads it
/// gets zeros without a signal. For the same reason the handler needs no thread-local state, which in a library loaded
/// with dlopen might have to be allocated at its first use, inside a signal handler.
struct GuardedRegion {
  /// Odd while the range is being changed; the handler trusts a range only between two equal even readings.
  std::atomic<std::uint32_t> version{0};
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};    ///< 0: the slot is free.
  std::atomic<std::uintptr_t> fault{0};  ///< The page that was hit first; 0: none.
  std::atomic<bool> taken{false};
};

/// Installs the handler once and says whether it is still the process's handler. It is not when other code installed
/// its own afterwards; mapped files must not be read then.
bool sigbus_guard_active();

/// Guards [begin, end), page-aligned. Null only when memory is exhausted.
GuardedRegion* guard_region(std::uintptr_t begin, std::uintptr_t end);

/// Ends it; call before the memory is unmapped, when no thread reads it any more.
void unguard_region(GuardedRegion* region);

}  // namespace posixpar::sys::detail
