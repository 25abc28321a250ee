#pragma once
/// \file Chooses how the chunks of one layer are read. Pure functions: no system call, no clock.
#include <cstdint>

#include "native/base/generated/stats.h"
#include "native/exec/plan/plan.h"
#include "native/exec/strategy/facts.h"

namespace posixpar {

/// A way to read the chunks of a layer.
enum class Mode : std::uint8_t {
  extents,  ///< Plain chunks: reads extents, straight into the result or gathered from scratch memory.
  mapped,   ///< Plain chunks of one file: gathers elements from its mapping.
  whole,    ///< Reads whole stored chunks, neighbors together, and decodes and scatters them.
  fill,     ///< No chunk exists: writes the fill value.
};

struct LayerStrategy {
  Mode mode = Mode::whole;
  EngineReason reason = EngineReason::encoded;
  bool may_run_inline = false;
  // Shape of the extents (Mode::extents, Mode::mapped); see ChunkGeometry::extent().
  std::uint32_t level = 0;
  std::uint64_t block = 1;
  /// Memory that a task needs in addition to the result.
  std::uint64_t scratch_bytes = 0;
};

/// A question to the system before the strategy of a layer is chosen.
enum class Probe : std::uint8_t {
  none,
  mapping,     ///< A mapping of the file.
  samples,     ///< A mapping, and samples of the residency of the selection.
  every_page,  ///< A mapping, and the residency of every page; samples if that is unknown.
};

/// \param facts  those of describe_layer(), and `file_range`.
Probe needed_probe(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts);

LayerStrategy choose_layer_strategy(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts);

/// Useful bytes of one task of a read of `result_bytes`.
std::uint64_t task_bytes_for(std::uint64_t result_bytes);

/// Bytes of a decoded chunk that is not clipped.
std::uint64_t decoded_chunk_bytes(const PlanLayer& layer);

}  // namespace posixpar
