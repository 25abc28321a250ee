#pragma once
/// \file Defines and chooses the strategy of a read: all decisions that are made before it starts.
#include <cstdint>
#include <vector>

#include "native/base/generated/choices.h"
#include "native/base/generated/stats.h"
#include "native/exec/plan/plan.h"
#include "native/exec/strategy/facts.h"
#include "native/exec/strategy/layer_strategy.h"
#include "native/exec/strategy/tasks.h"
#include "native/pool/job.h"

namespace posixpar {

/// How threads share the tasks of a read.
enum class Sharing : std::uint8_t {
  in_turns,  ///< Each thread takes the next task. The compute lane reads cached data and defers the other tasks.
  /// Each thread has a range of tasks (run/io_ranges.h). Used if the data is not cached, or if the read must not
  /// populate the page cache.
  io_ranges,
};

/// How a read is executed, as choose_strategy() or choose_inline_strategy() has decided. Does not change afterwards.
struct ReadStrategy {
  /// True if the read may run on the calling thread as long as its data is in memory.
  bool may_run_inline = false;
  /// The lane that starts the read. `compute` tries the page cache first; `io` reads from the storage at once.
  pool::Lane lane = pool::Lane::compute;
  Sharing sharing = Sharing::in_turns;
  /// The engine of channels that wait for the storage; never `automatic`.
  EngineKind channel = EngineKind::pread;
  /// True if channels open and read many small files in batches (docs/adr/0005-many-files.md).
  bool batched = false;
  /// True if files are opened with O_DIRECT.
  bool direct_io = false;
  /// True if the pages that the read adds to the page cache are evicted at its end.
  bool drop_behind = false;
  /// True if io_uring registers the memory of the result (Ring::fix_memory).
  bool pins_result = false;
  /// Maximum number of extents in flight per channel.
  unsigned depth = 1;
  /// Number of threads of `lane` with which the read starts.
  unsigned threads = 1;
  /// Maximum number of threads that wait for the storage.
  unsigned io_threads = 1;
  /// Reason for the engine, for the statistics.
  EngineReason reason = EngineReason::none;
  pool::Demand demand;
  std::vector<LayerStrategy> layers;
  std::vector<Task> tasks;

  [[nodiscard]] bool waits() const { return lane == pool::Lane::io; }
  /// True if the channel uses io_uring, and so can have many extents in flight.
  [[nodiscard]] bool uses_ring() const { return traits_of(channel).ring; }
};

/// True if a plan has default options, and so many small files that io_uring may open and read several of them with one
/// system call.
bool may_open_in_batches(const Plan& plan);

/// Chooses the strategy of a read. A pure function: no system call, no clock.
/// \param facts  the result of gather_facts().
ReadStrategy choose_strategy(const Plan& plan, const ReadFacts& facts);

}  // namespace posixpar
