#pragma once
/// \file Chooses how the chunks of one layer are read. Pure functions: no system call, no clock.
#include <cstdint>

#include "native/base/generated/stats.h"
#include "native/exec/plan/plan.h"
#include "native/exec/strategy/facts.h"

namespace posixpar {

/// How the chunks of a layer are read.
enum class Mode : std::uint8_t {
  extents,  ///< Plain chunks: reads extents, directly into the result or into scratch memory to gather elements.
  mapped,   ///< Plain chunks of one file: gathers elements from a mapping.
  whole,    ///< Reads whole stored chunks, adjacent ones together. Decodes them and copies elements to the result.
  fill,     ///< No chunk exists: writes the fill value.
};

/// How one layer is read, as choose_layer_strategy() has decided.
struct LayerStrategy {
  Mode mode = Mode::whole;
  EngineReason reason = EngineReason::encoded;
  bool may_run_inline = false;
  // Shape of the extents (Mode::extents, Mode::mapped); see ChunkGeometry::extent().
  std::uint32_t level = 0;
  std::uint64_t block = 1;
  /// Estimate of the memory that a task needs in addition to the result.
  std::uint64_t scratch_bytes = 0;
  /// Maximum of this memory, if the file is not read with direct I/O. 0 if a task needs none.
  std::uint64_t max_scratch_bytes = 0;
  /// Maximum length of the part of this memory that a direct read needs again: aligned memory for the stored bytes.
  std::uint64_t max_stored_bytes = 0;
};

/// Facts about a layer's file that must be gathered before its strategy is chosen.
enum class Probe : std::uint8_t {
  none,
  mapping,  ///< Only map the file.
  samples,  ///< Map it, and sample the residency of the selection.
  pages,    ///< Map it, and check if the pages of some extents are cached; if this is unknown, sample the selection.
};

/// Returns the probe that choose_layer_strategy() needs.
/// \param facts  the facts that describe_layer() returns, and `file_range`.
Probe needed_probe(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts);

/// Chooses the strategy of one layer.
LayerStrategy choose_layer_strategy(const Plan& plan, const PlanLayer& layer, const LayerFacts& facts);

/// Returns the strategy that gathers elements of a layer from a mapping. Used if the data of the layer is cached.
LayerStrategy choose_mapped(const PlanLayer& layer, const LayerFacts& facts);

/// Returns the number of result bytes per task for a read of `result_bytes`.
std::uint64_t task_bytes_for(std::uint64_t result_bytes);

/// Returns the size of a decoded chunk that is not clipped.
std::uint64_t decoded_chunk_bytes(const PlanLayer& layer);

}  // namespace posixpar
