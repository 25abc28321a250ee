#pragma once
/// \file Clocks for the statistics: wall time, CPU time of a thread, and the time that a thread waited for a CPU.
#include <cstdint>
#include <optional>

namespace posixpar::sys {

/// CLOCK_MONOTONIC.
std::uint64_t monotonic_ns();

/// CLOCK_REALTIME, the clock that file times use.
std::uint64_t realtime_ns();

/// Lets the calling thread sleep for about `ns`, which must be less than a second.
void pause_ns(std::uint64_t ns);

/// CLOCK_THREAD_CPUTIME_ID: CPU time of the calling thread. This is a system call (about 0.2 us), so do not call it
/// per chunk.
std::uint64_t thread_cpu_ns();

/// Returns the time that the calling thread has waited for a CPU since it started: the second number of
/// /proc/thread-self/schedstat (proc(5)). The file stays open until the thread ends, so this needs a descriptor per
/// thread.
/// \returns nothing if the kernel does not record it.
std::optional<std::uint64_t> thread_run_delay_ns();

}  // namespace posixpar::sys
