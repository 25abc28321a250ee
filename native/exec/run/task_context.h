#pragma once
/// \file The environment in which a thread executes tasks.
#include <cstddef>
#include <cstdint>

#include "native/engines/engine.h"
#include "native/exec/plan/plan.h"
#include "native/exec/run/compute_gate.h"
#include "native/exec/run/counters.h"
#include "native/pool/cancel.h"

namespace posixpar {

struct TaskContext {
  const Plan& plan;
  std::byte* target;
  std::byte* mask;  ///< One byte per element of the result; null if no mask is wanted.
  /// Reads that may wait go through it. Null if nothing may wait: then only the page cache is tried.
  Channel* channel;
  ReadCounters& counters;
  /// Passed before decoding and scattering on the I/O lane, which has more threads than cores; empty on the compute
  /// lane.
  GateAccess gate;
  /// Checked between the extents of a task.
  const pool::CancelToken& cancel;
  /// Only calls that cannot wait are allowed: the thread is JavaScript's.
  bool never_waits = false;
};

/// Progress of one task. A task that would have to wait is executed again later, and continues from here.
struct TaskProgress {
  std::uint64_t extents_done = 0;  ///< From the first.
  bool is_prefetched = false;      ///< The storage was asked for its extents (run/prefetch.h).
};

}  // namespace posixpar
