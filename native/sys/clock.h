#pragma once
/// \file The clocks of the accounting: wall, CPU of the thread, and time spent runnable but not running.
#include <cstdint>
#include <optional>

namespace posixpar::sys {

/// CLOCK_MONOTONIC.
std::uint64_t monotonic_ns();

/// CLOCK_REALTIME, the clock of the times of files.
std::uint64_t realtime_ns();

/// Lets the calling thread sleep for about that long, less than a second.
void pause_ns(std::uint64_t ns);

/// CLOCK_THREAD_CPUTIME_ID: CPU time of the calling thread. A real system call (about 0.2 us); don't call it a chunk.
std::uint64_t thread_cpu_ns();

/// Time that the calling thread was runnable and waited for a CPU, since it started: the second number of
/// /proc/thread-self/schedstat (proc(5)). The file stays open, one descriptor a thread, until the thread ends.
/// \returns nothing where the kernel does not keep it.
std::optional<std::uint64_t> thread_run_delay_ns();

}  // namespace posixpar::sys
