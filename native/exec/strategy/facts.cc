#include "native/exec/strategy/facts.h"

#include "native/exec/plan/geometry.h"
#include "native/kernels/copy_run.h"

namespace posixpar {
namespace {

/// Maximum size of a result for which the calling thread may execute the read alone. Copying that much takes about as
/// long as handing the read to another thread and back (docs/adr/0001-cached-data.md).
constexpr std::uint64_t kInlineBytes = std::uint64_t{128} << 10;

}  // namespace

bool is_inline_candidate(const Plan& plan) {
  const std::uint64_t bytes = plan.elements * dtype_size(plan.out_type);
  return bytes <= kInlineBytes && !plan.prefill && plan.layers.size() <= 1 && !plan.waits() && !plan.drops_cache() &&
         plan.consistency == Consistency::check;
}

LayerFacts describe_layer(const Plan& plan, const PlanLayer& layer, std::uintptr_t target) {
  LayerFacts facts;
  if (!layer.partial_reads || layer.where.kind == Locations::Kind::absent) return facts;
  ChunkGeometry geometry(layer, dtype_size(plan.out_type));
  geometry.seek(0);
  const ChunkExtent first = geometry.extent(layer.extent_level, layer.extent_block, 0);
  facts.extent_count = geometry.extent_count(layer.extent_level, layer.extent_block);
  facts.extent_bytes = first.length;
  if (plan.sink != nullptr) {
    facts.is_in_place = is_dense(first, dtype_size(layer.stored));
    return facts;  // Extents are read into scratch memory, which is aligned.
  }
  facts.is_in_place = plan.copies_stored_bytes(layer) && is_contiguous(first, layer, dtype_size(layer.stored));
  // Copies are 4K-aliased depending on the offsets of both addresses in a page (copy_run.h). The source is a page of
  // the page cache. The offset of a byte in this page follows from its offset in the file.
  const double chunk = layer.where.offsets.empty() ? -1 : layer.where.offsets[0];
  facts.is_4k_aliased =
      chunk >= 0 && is_4k_aliased(static_cast<std::uint64_t>(chunk) + first.offset, target + first.dst_base);
  return facts;
}

}  // namespace posixpar
