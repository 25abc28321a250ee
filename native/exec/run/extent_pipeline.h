#pragma once
/// \file Runs tasks through a channel that has many extents in flight (io_uring).
#include "native/engines/engine.h"
#include "native/exec/run/counters.h"
#include "native/exec/run/read_state.h"
#include "native/pool/job.h"
#include "native/pool/run_queue.h"

namespace posixpar {

/// Runs tasks of `read` until no task is left or the slice is over. Keeps up to Channel::depth() extents in flight.
pool::JobStep run_extent_pipeline(ReadState& read, Channel& channel, ReadCounters& counters, const pool::Slice& slice);

}  // namespace posixpar
