#include "native/exec/plan/check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "native/base/checked.h"
#include "native/exec/plan/geometry.h"

namespace posixpar {
namespace {

Error invalid(std::string message) {
  return {.kind = ErrorKind::invalid, .op = "plan", .path = {}, .message = std::move(message)};
}

/// Returns the number of elements that the chunk of segment `s` has in dimension `dim`: fewer at the edge of a clipped
/// grid, and 0 outside of the grid.
std::uint64_t extent_of(const PlanDim& dim, const Segment& s, bool clipped) {
  if (!clipped) return dim.chunk_shape;
  const auto low = checked_mul(s.chunk, dim.chunk_shape);
  return low && *low < dim.grid_shape ? std::min(dim.chunk_shape, dim.grid_shape - *low) : 0;
}

/// Checks that a list of positions is ascending and that all are less than `extent`. The executor relies on the order:
/// it takes the first and the last entry as the bounds of a byte range.
bool list_fits(std::span<const std::uint64_t> from, std::uint64_t extent) {
  return std::is_sorted(from.begin(), from.end()) && from.back() < extent;
}

/// Returns the part of `all` (PlanDim::from or PlanDim::out) that belongs to segment `s`. \pre `s` has a list.
std::span<const std::uint64_t> entries_of(const Segment& s, const std::vector<std::uint64_t>& all) {
  return std::span(all).subspan(static_cast<std::size_t>(s.list), s.count);
}

bool segment_fits(const PlanDim& dim, const Segment& s, std::uint64_t extent) {
  if (s.count == 0) return false;
  if (s.list >= 0) return list_fits(entries_of(s, dim.from), extent);
  const auto reach = checked_mul(s.step, static_cast<std::int64_t>(s.count - 1));
  if (!reach) return false;
  const auto last = checked_add(s.from, *reach);
  const auto limit = static_cast<std::int64_t>(extent);
  return last && s.from >= 0 && s.from < limit && *last >= 0 && *last < limit;
}

/// Returns the highest index in the result's dimension to which segment `s` writes; nothing if the number overflows.
std::optional<std::uint64_t> reach_of(const PlanDim& dim, const Segment& s) {
  if (s.list < 0) return checked_add(s.out, s.count - 1);
  const auto out = entries_of(s, dim.out);
  return *std::max_element(out.begin(), out.end());
}

/// Returns the number of elements that a projection writes. Returns `invalid` if a segment selects elements outside its
/// chunk, or if the projection writes outside the result.
Result<std::uint64_t> check_projection(const PlanLayer& layer, const Projection& projection,
                                       std::uint64_t out_elements) {
  // Index of the last element of the result that the projection writes.
  std::optional<std::uint64_t> last = projection.out_base;
  // Number of elements that the projection writes. check_projections() limits the sum over all projections, and so the
  // work of a read.
  std::optional<std::uint64_t> elements = 1;
  for (const PlanDim& dim : projection.dims) {
    std::uint64_t reach = 0;
    std::optional<std::uint64_t> selected = 0;
    for (const Segment& s : dim.segments) {
      if (!segment_fits(dim, s, extent_of(dim, s, layer.clipped))) return invalid("a segment leaves its chunk");
      const auto end = reach_of(dim, s);
      if (end) reach = std::max(reach, *end);
      selected = end && selected ? checked_add(*selected, s.count) : std::nullopt;
    }
    const auto furthest = checked_mul(reach, dim.out_stride);
    last = selected && last && furthest ? checked_add(*last, *furthest) : std::nullopt;
    elements = selected && elements ? checked_mul(*elements, *selected) : std::nullopt;
  }
  if (!last || *last >= out_elements) return invalid("a layer writes beyond the result");
  if (!elements) return invalid("a layer writes more elements than the result has");
  return *elements;
}

Status check_projections(const PlanLayer& layer, std::uint64_t out_elements) {
  std::optional<std::uint64_t> elements = 0;
  for (std::size_t p = 0; p < layer.projection_count(); p++) {
    const auto written = check_projection(layer, layer.projection(p), out_elements);
    if (!written.ok()) return written.error();
    elements = checked_add(*elements, *written);
    if (!elements || *elements > out_elements) return invalid("a layer writes more elements than the result has");
  }
  return {};
}

/// Records for each projection which of its chunks were found in PlanLayer::uses.
class UseList {
 public:
  explicit UseList(const PlanLayer& layer) : layer_(layer) {
    first_.reserve(layer.projection_count() + 1);
    first_.push_back(0);
    for (std::size_t p = 0; p < layer.projection_count(); p++)
      first_.push_back(first_.back() + layer.projection(p).chunk_count);
    listed_.resize(first_.back());
  }

  /// Marks a use as listed. \returns false if it was listed before, or does not exist.
  bool list(const ChunkUse& use) {
    if (use.projection >= layer_.projection_count()) return false;
    if (use.index >= layer_.projection(use.projection).chunk_count) return false;
    const std::uint64_t at = first_[use.projection] + use.index;
    if (listed_[at]) return false;
    listed_[at] = true;
    return true;
  }
  [[nodiscard]] std::uint64_t size() const { return listed_.size(); }

 private:
  const PlanLayer& layer_;
  std::vector<std::uint64_t> first_;
  std::vector<bool> listed_;
};

/// Checks that PlanLayer::uses lists each chunk of each projection once, and that all uses of a chunk have the same
/// coordinates, because they share its decoded bytes. \pre the projections together have less than 2^32 chunks, and
/// each has at least one.
Status check_uses(const PlanLayer& layer) {
  if (layer.others.empty()) return {};
  const auto& starts = layer.use_starts;
  UseList list(layer);
  if (starts.front() != 0 || starts.back() != layer.uses.size() || layer.uses.size() != list.size())
    return invalid("uses that are not those of the projections");
  ChunkGeometry geometry(layer, 1);
  std::array<std::uint64_t, kMaxRank> chunk{};
  for (std::size_t c = 0; c + 1 < starts.size(); c++) {
    if (starts[c] >= starts[c + 1] || starts[c + 1] > layer.uses.size()) return invalid("a chunk without uses");
    for (std::uint64_t use = starts[c]; use < starts[c + 1]; use++) {
      if (!list.list(layer.uses[use])) return invalid("a use that is not there, or is listed twice");
      geometry.seek(use);
      for (std::size_t d = 0; d < layer.rank(); d++) {
        if (use == starts[c]) chunk[d] = geometry.coordinate(d);
        if (chunk[d] != geometry.coordinate(d)) return invalid("uses of different chunks under one chunk");
      }
    }
  }
  return {};
}

/// True if the chunks [begin, end) of `where.order` can be read as one extent. Either all of them must be in the same
/// file, and the first of them must have the lowest offset; or all of them must be absent.
bool extent_fits(const Locations& where, std::size_t begin, std::size_t end) {
  const auto file_of = [&](std::uint32_t i) { return where.file_index.empty() ? 0 : where.file_index[i]; };
  const std::uint32_t first = where.order[begin];
  for (std::size_t k = begin + 1; k < end; k++) {
    const std::uint32_t i = where.order[k];
    const bool absent = where.offsets[i] < 0;
    if (absent != (where.offsets[first] < 0)) return false;
    if (!absent && (file_of(i) != file_of(first) || where.offsets[i] < where.offsets[first])) return false;
  }
  return true;
}

Status check_groups(const Locations& where) {
  const std::size_t n = where.offsets.size();
  const auto& starts = where.extent_starts;
  if (where.order.empty() != starts.empty()) return invalid("an order without extents");
  if (starts.empty()) return {};
  std::vector<bool> listed(n);
  for (const std::uint32_t i : where.order) {
    if (i >= n || listed[i]) return invalid("an order that is not a permutation of the chunks");
    listed[i] = true;
  }
  if (where.order.size() != n || starts.front() != 0 || starts.back() != n) {
    return invalid("extents that leave the table");
  }
  for (std::size_t g = 0; g + 1 < starts.size(); g++) {
    if (starts[g] >= starts[g + 1] || starts[g + 1] > n) return invalid("an extent without chunks");
    if (!extent_fits(where, starts[g], starts[g + 1])) return invalid("an extent of chunks that are not neighbors");
  }
  return {};
}

/// True if chunk `i` is within the inline bytes of the plan. Without file indexes, checks chunk `i` and all later ones.
bool inline_bytes_fit(const Locations& where, std::size_t i) {
  const std::size_t end = where.file_index.empty() ? where.offsets.size() : i + 1;
  for (; i < end; i++) {
    if (where.offsets[i] + where.lengths[i] > static_cast<double>(where.inline_bytes.size())) return false;
  }
  return true;
}

Status check_table(const Locations& where) {
  for (std::size_t i = 0; i < where.offsets.size(); i++) {
    const double o = where.offsets[i];
    const double l = where.lengths[i];
    if (o < 0) continue;
    if (!(o <= kMaxExact && l >= 0 && l <= kMaxExact) || o != std::floor(o) || l != std::floor(l) ||
        o + l > kMaxExact) {
      return invalid("a chunk's place is not a whole number in range");
    }
  }
  if (where.kind == Locations::Kind::paths) {
    const std::size_t files = where.paths.size() + (where.inline_bytes.empty() ? 0 : 1);
    if (files == 0) return invalid("no paths");
    if (where.file_index.empty() && where.paths.empty() && !inline_bytes_fit(where, 0))
      return invalid("an inline chunk too short");
    for (std::size_t i = 0; i < where.file_index.size(); i++) {
      if (where.file_index[i] >= files) return invalid("a chunk in a file that is not there");
      if (where.file_index[i] == where.paths.size() && !inline_bytes_fit(where, i))
        return invalid("an inline chunk too short");
    }
  }
  return check_groups(where);
}

}  // namespace

Status check_layer(const PlanLayer& layer, std::uint64_t out_elements) {
  POSIXPAR_RETURN_IF_ERROR(check_projections(layer, out_elements));
  POSIXPAR_RETURN_IF_ERROR(check_uses(layer));
  if (layer.partial_reads && layer.extent_level >= std::max<std::size_t>(1, layer.rank())) {
    return invalid("extents of a dimension that is not there");
  }
  const auto kind = layer.where.kind;
  if (kind == Locations::Kind::open_file || kind == Locations::Kind::paths) return check_table(layer.where);
  return {};
}

}  // namespace posixpar
