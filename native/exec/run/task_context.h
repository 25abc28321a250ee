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

/// Treatment of a chunk of the chunk cache that another thread is decoding.
enum class WhenBusy : std::uint8_t {
  decode,    ///< Decode it, too.
  wait,      ///< Wait for that thread. Allowed for threads that have no other task in progress.
  postpone,  ///< End the task without a result. The caller executes it again later.
};

/// Everything that a thread needs to execute tasks of one read, except for the task and its layer.
struct TaskContext {
  const Plan& plan;
  std::byte* target;
  std::byte* mask;  ///< One byte per element of the result; null if no mask is wanted.
  /// Channel that reads data which is not cached. Null if the thread may not wait for the storage; then only data in
  /// the page cache is read.
  Channel* channel;
  ReadCounters& counters;
  /// Gate that a thread of the I/O lane enters before it decodes or copies elements (compute_gate.h). On other threads,
  /// GateAccess::gate is null.
  GateAccess gate;
  /// Tells whether the read was cancelled. Checked between the extents of a task.
  const pool::CancelToken& cancel;
  /// True if only calls that cannot wait are allowed, because this is the JavaScript thread.
  bool never_waits = false;
  WhenBusy when_busy = WhenBusy::decode;
};

/// Progress of one task. A task that would have to wait is continued later from this state.
struct TaskProgress {
  std::uint64_t extents_done = 0;  ///< Number of extents that are done, counted from the first.
  bool is_prefetched = false;      ///< True if prefetch() was called for the task.
};

}  // namespace posixpar
