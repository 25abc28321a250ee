#pragma once
/// \file Reads the projections of a layer: segments, lists, and the uses of chunks.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "native/base/result.h"
#include "native/exec/plan/wire_inputs.h"
#include "native/exec/plan/words.h"

namespace posixpar {

/// Returns the words of side table `index` (WireTable); nothing if `index` is negative. Sets `ok` to false if the table
/// does not exist or has fewer than `want` words.
std::vector<std::uint32_t> words_of_table(const WireInputs& in, std::int64_t index, std::size_t want, bool& ok);

/// Reads the projections of one layer. check_layer() checks that they fit each other and the result.
class ProjectionReader {
 public:
  ProjectionReader(const WireInputs& in, Words& words) : in_(in), w_(words), words_(in.plan) {}

  /// Reads all projections of `layer`, whose header is at word `base`.
  /// \param at  first word of the projections in the plan. Not used if the header names a side table for them.
  /// \pre layer.first has the dimensions of the grid.
  Status read(PlanLayer& layer, std::size_t base, std::size_t at);

 private:
  /// Reads the projection that begins at word `at`, and moves `at` to the first word after it.
  Status read_projection(Projection& projection, std::size_t& at);
  /// Reads which boxes need each chunk (PlanLayer::uses), if there are several projections.
  Status read_uses(PlanLayer& layer, std::size_t base);
  /// Reads the index lists of all segments of `dim`. \param lists  index of the first of their two tables; negative if
  /// `dim` has no lists.
  Status read_lists(PlanDim& dim, std::int64_t lists);
  /// Reads `count` segments from `words`, starting at word `at`. \pre the lists of `dim` were read.
  static Status read_segments(PlanDim& dim, std::span<const double> words, std::size_t at, std::size_t count);

  const WireInputs& in_;
  Words& w_;
  std::span<const double> words_;  ///< Words that contain the projections: the words of the plan or of a side table.
};

}  // namespace posixpar
