#pragma once
/// \file Starts threads with a name and with blocked signals, without exceptions.
#include <pthread.h>

#include "native/base/result.h"

namespace posixpar::pool {

/// Starts `entry(argument)` on a joinable thread named `name` (at most 15 characters). The thread blocks most signals,
/// so that signals for the process go to threads that expect them. It does not block signals that its own code may
/// raise (SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT, SIGTRAP and SIGSYS), nor SIGPROF, which profilers send. \returns
/// `io` with the errno of pthread_create(3).
Result<pthread_t> start_thread(const char* name, void* (*entry)(void*), void* argument);

}  // namespace posixpar::pool
