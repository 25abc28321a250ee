#pragma once
/// \file A read cut into tasks, and how one layer is read.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "native/exec/chunk/chunk_source.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/plan/plan.h"
#include "native/exec/run/compute_gate.h"
#include "native/exec/run/stats.h"
#include "native/pool/cancel.h"

namespace posixpar {

/// How the chunks of a layer are read.
enum class Mode : std::uint8_t {
  extents,  ///< plain chunks: runs of bytes by pread, straight into the result or gathered from scratch
  mapped,   ///< plain chunks of one file: gathered from its mapping
  whole,    ///< whole stored chunks, neighbours together, decoded and scattered
  fill,     ///< no chunk exists
};

/// How much of what is asked about is in the page cache. Asking changes nothing there, as samples do: a read that may
/// not wait has the kernel begin to read.
enum class Held : std::uint8_t {
  unknown,
  little,  ///< Or nothing; metadata is often there.
  much,
  everything,
};

/// A layer with everything decided.
struct LayerRead {
  LayerRead(const PlanLayer& plan_layer, const Plan& plan);

  const PlanLayer& layer;
  Conversion conversion;
  /// Makes the mask from stored values, where one is asked for.
  std::optional<Conversion> mask;
  ChunkSource source;
  /// Stored bytes are the result's, but for their order, and nobody has to look at them.
  [[nodiscard]] bool bytes_only() const { return conversion.bytes_only() && !mask; }
  Mode mode = Mode::whole;
  EngineReason reason = EngineReason::encoded;
  /// The shape of extents (Mode::extents, Mode::mapped).
  std::uint32_t level = 0;
  std::uint64_t block = 1;
  /// Of Mode::whole: the most bytes that are read for one task.
  std::uint64_t max_stored_bytes = 0;
  std::shared_ptr<sys::Mapping> mapping;
  /// Known where the read is to leave nothing in the page cache (Plan::drops_cache).
  Held held = Held::unknown;
};

/// A unit of work for one thread.
struct Task {
  std::uint32_t work = 0;
  /// Extents [begin, begin + count) of chunk `chunk`; for whole chunks, `chunk` is the extent
  /// (Locations::extent_starts) and count 1.
  std::uint32_t count = 1;
  std::uint64_t chunk = 0;
  std::uint64_t begin = 0;
  /// Parts of it that are in the result already, from the first.
  std::uint64_t done = 0;
  /// The storage was asked for its parts (exec/run/prefetch.h).
  bool prefetched = false;
};

/// Whether the storage asked about can serve a read without waiting.
enum class Residency : std::uint8_t { unknown, cached, not_cached };

/// Decides mode, engine and extent shape for every layer.
/// \param target  the result's memory: only where it begins matters.
/// \param small  the read is small enough to be done at once on the calling thread: residency is then checked page by
///               page instead of by samples. Set to false when the data is not all there.
std::vector<std::unique_ptr<LayerRead>> decide(const Plan& plan, const std::byte* target, bool& small,
                                               ReadCounters& counters);

/// Cuts the layers of a read of `result_bytes` into tasks of about a megabyte, of some megabytes where the read is
/// large.
std::vector<Task> cut(const std::vector<std::unique_ptr<LayerRead>>& layers, std::uint64_t result_bytes);

/// Memory that a task needs beside the result, for the budget.
std::uint64_t scratch_bytes(const LayerRead& work);

/// What performing a task needs.
struct TaskContext {
  const Plan& plan;
  std::byte* target;
  std::byte* mask;  ///< A byte for each element of the result; null where none is asked for.
  /// Reads that may wait; null where nothing may: then the page cache alone is asked.
  Channel* channel;
  ReadCounters& counters;
  /// Passed before decoding and scattering on threads that are more than the cores; empty on the compute lane.
  GateAccess gate;
  /// Asked between the parts of a task, so that an abort need not wait for all of them.
  const pool::CancelToken& cancel;
};

/// Performs a task, part by part, from where it stands. \returns would_block when a part is not in memory and there is
/// no channel; the task then knows what of it is done, and goes on from there when it is performed again.
Result<ReadState> perform(Task& task, LayerRead& work, const TaskContext& context);

}  // namespace posixpar
