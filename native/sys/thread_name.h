#pragma once
/// \file Names of threads, as debuggers and `top -H` show them.
#include <pthread.h>

namespace posixpar::sys {

/// Names a thread; at most 15 characters. Does nothing on macOS, because a thread can only name itself there.
void name_thread(pthread_t thread, const char* name);

}  // namespace posixpar::sys
