#pragma once
/// \file Resources that a thread has used so far. Subtract two readings to get the usage between them.
#include <cstdint>
#include <optional>

namespace posixpar::sys {

struct ThreadUsage {
  std::uint64_t cpu_ns = 0;
  /// Time for which the thread was ready to run but had no CPU; empty if the kernel does not record it.
  std::optional<std::uint64_t> run_delay_ns;
  std::uint64_t voluntary_switches = 0;    ///< Context switches because the thread waited for something.
  std::uint64_t involuntary_switches = 0;  ///< Context switches because another thread got the CPU.
  std::uint64_t major_faults = 0;
  /// Bytes that storage delivered for this thread's reads, read-ahead included (/proc/thread-self/io, `read_bytes`);
  /// empty if the kernel does not record it.
  std::optional<std::uint64_t> device_bytes;
};

/// Returns the usage of the calling thread since it started. Makes some system calls (about 5 us), so do not call it in
/// inner loops.
ThreadUsage thread_usage();

/// Returns the number of page faults of the calling thread that waited for storage; 0 if the system does not report it.
/// Cannot wait.
std::uint64_t thread_major_faults();

}  // namespace posixpar::sys
