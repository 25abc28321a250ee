#pragma once
/// \file Resources that a thread has used so far. Subtract two readings to get the usage between them.
#include <cstdint>
#include <optional>

namespace posixpar::sys {

struct ThreadUsage {
  std::uint64_t cpu_ns = 0;
  /// Time runnable but not running; empty if the kernel does not record it.
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

}  // namespace posixpar::sys
