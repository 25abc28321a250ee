#pragma once
/// \file Counters of one measuring thread.
#include <algorithm>
#include <cstdint>
#include <optional>

#include "native/sys/thread_usage.h"

namespace posixpar::probe {

/// Counters of one thread, from its first call to the end of its last call.
struct ThreadCounters {
  std::uint64_t wall_ns = 0;
  std::uint64_t in_call_ns = 0;
  std::uint64_t cpu_ns = 0;
  std::optional<std::uint64_t> run_delay_ns;  ///< Time for which the thread was ready to run but had no CPU.
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t operations = 0;
  std::uint64_t bytes = 0;
  std::uint64_t short_calls = 0;  ///< Reads that returned less than a block, or blocks that needed several write calls.
  std::optional<std::uint64_t> device_bytes;

  /// Sets the counters that come from the kernel to the difference of two readings.
  void set_usage(const sys::ThreadUsage& before, const sys::ThreadUsage& after) {
    cpu_ns = after.cpu_ns - before.cpu_ns;
    run_delay_ns = difference(after.run_delay_ns, before.run_delay_ns);
    voluntary_switches = after.voluntary_switches - before.voluntary_switches;
    involuntary_switches = after.involuntary_switches - before.involuntary_switches;
    device_bytes = difference(after.device_bytes, before.device_bytes);
  }

 private:
  static std::optional<std::uint64_t> difference(const std::optional<std::uint64_t>& after,
                                                 const std::optional<std::uint64_t>& before) {
    if (!after || !before) return std::nullopt;
    return *after - std::min(*before, *after);
  }
};

}  // namespace posixpar::probe
