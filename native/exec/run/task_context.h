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
  /// Channel for reads that may wait. Null if no read may wait; then only the page cache is tried.
  Channel* channel;
  ReadCounters& counters;
  /// Gate that a thread of the I/O lane enters before it decodes and scatters, because the lane has more threads than
  /// cores; empty on the compute lane.
  GateAccess gate;
  /// Tells if the read was cancelled. Checked between the extents of a task.
  const pool::CancelToken& cancel;
  /// True if only calls that cannot wait are allowed, because this is the JavaScript thread.
  bool never_waits = false;
};

/// Progress of one task. A task that would have to wait is continued later from this state.
struct TaskProgress {
  std::uint64_t extents_done = 0;  ///< Number of extents that are done, counted from the first.
  bool is_prefetched = false;      ///< True if the extents were requested from the storage (run/prefetch.h).
};

}  // namespace posixpar
