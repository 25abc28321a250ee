#pragma once
/// \file The signal by which the kernel reports broken leases to one thread (fcntl(2), F_SETSIG and F_SETOWN_EX).
#include <pthread.h>
#include <sys/types.h>

#include "native/sys/platform.h"

namespace posixpar::sys {

/// True if the kernel has leases, so that a thread can wait for their signals.
inline constexpr bool kHasLeaseSignals = POSIXPAR_LINUX != 0;

/// Returns the real-time signal of broken leases. Neither Node nor a sanitizer uses it. Its default action, like that
/// of SIGIO, would end the process.
int lease_signal();

/// Returns the thread id of the calling thread, as the kernel numbers it (gettid(2)).
pid_t thread_id();

/// Result of wait_for_broken_lease() if any of the leases may be broken.
inline constexpr int kAnyLease = -1;
/// Waits until the kernel reports a broken lease to the calling thread, or wake_lease_waiter() wakes the thread. If the
/// queue of signals is full (RLIMIT_SIGPENDING), the kernel sends SIGIO, which does not name a lease.
/// \pre the thread blocks all signals that it does not raise itself, as the threads of native/pool do.
/// \returns the descriptor by which the lease was taken, which may be closed by now, or kAnyLease.
int wait_for_broken_lease();
/// Lets the current or the next wait_for_broken_lease() of `thread` return kAnyLease. This needs no free entry in the
/// queue of signals.
void wake_lease_waiter(pthread_t thread);

}  // namespace posixpar::sys
