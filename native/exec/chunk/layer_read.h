#pragma once
/// \file State of a layer while it is read.
#include <memory>
#include <optional>

#include "native/exec/chunk/chunk_source.h"
#include "native/exec/plan/plan.h"
#include "native/exec/strategy/layer_strategy.h"
#include "native/kernels/scatter.h"
#include "native/sys/mapping.h"

namespace posixpar {

/// State that the tasks of one layer share. Thread-safe.
struct LayerRead {
  /// \param read_plan, layer_plan, chosen  must outlive this object.
  /// \param file_mapping  for Mode::mapped; else null.
  LayerRead(const Plan& read_plan, const PlanLayer& layer_plan, const LayerStrategy& chosen, bool direct_io,
            std::shared_ptr<sys::Mapping> file_mapping)
      : plan(layer_plan),
        strategy(chosen),
        conversion(read_plan.conversion(layer_plan.stored, layer_plan.swap)),
        mask(read_plan.mask_conversion(layer_plan.stored, layer_plan.swap)),
        source(layer_plan, read_plan.buffered_access(), direct_io),
        mapping(std::move(file_mapping)),
        chunk_cache(read_plan.chunk_cache_of(layer_plan)),
        has_result(read_plan.sink == nullptr) {}

  const PlanLayer& plan;
  const LayerStrategy& strategy;
  Conversion conversion;
  /// Conversion of stored values to the mask; empty if no mask is wanted.
  std::optional<Conversion> mask;
  ChunkSource source;
  std::shared_ptr<sys::Mapping> mapping;
  pool::ChunkCache* chunk_cache;  ///< Null if decoded chunks are not cached.

  bool has_result;  ///< False if the elements go to Plan::sink.

  /// True if a read of the layer only copies stored elements to a result, possibly with swapped bytes, and writes no
  /// mask.
  [[nodiscard]] bool copies_stored_bytes() const { return has_result && conversion.is_bytes_only() && !mask; }
};

}  // namespace posixpar
