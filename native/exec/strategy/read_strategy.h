#pragma once
/// \file Everything that is decided about a read before it starts.
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

/// The method by which threads share the tasks of a read.
enum class Sharing : std::uint8_t {
  in_turns,   ///< Each takes the next task. The compute lane reads what is cached, and defers the rest.
  io_ranges,  ///< Each reads on in a range of its own (run/io_ranges.h): the data is known not to be cached.
};

struct ReadStrategy {
  /// The read may run on the calling thread as long as its data is in memory.
  bool may_run_inline = false;
  /// The lane that starts: compute tries the page cache first, I/O waits for the storage at once.
  pool::Lane lane = pool::Lane::compute;
  Sharing sharing = Sharing::in_turns;
  /// The engine of channels that wait for the storage; never `automatic`.
  EngineKind channel = EngineKind::pread;
  /// A channel opens many small files, and reads them, in batches (docs/adr/0005-many-files.md).
  bool batched = false;
  /// Files are opened with O_DIRECT.
  bool direct_io = false;
  /// Pages that the read adds to the page cache are evicted at its end.
  bool drop_behind = false;
  /// A ring registers the memory of the result.
  bool pins_result = false;
  /// Extents in flight per channel.
  unsigned depth = 1;
  /// Threads that start, of `lane`.
  unsigned threads = 1;
  /// Maximum number of threads that wait for the storage.
  unsigned io_threads = 1;
  /// Reason for the engine, for the statistics.
  EngineReason reason = EngineReason::none;
  pool::Demand demand;
  std::vector<LayerStrategy> layers;
  std::vector<Task> tasks;

  [[nodiscard]] bool waits() const { return lane == pool::Lane::io; }
  /// The channel has many extents in flight.
  [[nodiscard]] bool uses_ring() const { return traits_of(channel).ring; }
};

/// True if the files of a plan are so small that io_uring may open and read many by one system call.
bool may_open_in_batches(const Plan& plan);

/// Chooses the strategy of a read. A pure function: no system call, no clock.
/// \param facts  those of gather_facts().
ReadStrategy choose_strategy(const Plan& plan, const ReadFacts& facts);

}  // namespace posixpar
