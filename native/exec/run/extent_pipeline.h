#pragma once
/// \file Runs tasks through a channel that can have many extents in flight (io_uring).
#include <cstddef>
#include <functional>

#include "native/engines/engine.h"
#include "native/exec/run/counters.h"
#include "native/exec/run/read_state.h"
#include "native/pool/job.h"
#include "native/pool/run_queue.h"

namespace posixpar {

/// Function that postpones task `index`, because another thread is decoding the chunk `busy`. The task is executed
/// again later.
using Postpone = std::function<void(std::size_t index, pool::ChunkCache::Flight& busy)>;

/// Runs tasks of `read` until no task is left or the slice is over. Keeps up to Channel::depth() extents in flight.
/// \param postpone  called for tasks that need a chunk which another thread is decoding (WhenBusy::postpone). If null,
/// this thread decodes the chunk, too.
pool::JobStep run_extent_pipeline(ReadState& read, Channel& channel, ReadCounters& counters, const pool::Slice& slice,
                                  const Postpone* postpone);

}  // namespace posixpar
