#pragma once
/// \file Starting a thread the way the pool wants it: named, deaf to signals, and without exceptions.
#include <pthread.h>

#include "native/base/result.h"

namespace posixpar::pool {

/// Starts `entry(argument)` on a joinable thread named `name` (at most 15 characters). It blocks all signals but
/// SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS (raised by what the thread does itself) and SIGPROF
/// (profilers), so that the process's signals go to the threads that expect them. \returns `io` with the errno of
/// pthread_create(3).
Result<pthread_t> start_thread(const char* name, void* (*entry)(void*), void* argument);

}  // namespace posixpar::pool
