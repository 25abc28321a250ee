#include "native/exec/strategy/gather_facts.h"

#include <utility>

#include "native/exec/plan/geometry.h"
#include "native/exec/strategy/layer_strategy.h"
#include "native/exec/strategy/read_strategy.h"
#include "native/pool/thread_pool.h"
#include "native/sys/ring.h"

namespace posixpar {
namespace {

bool contains_chunks(const sys::Mapping& mapping, const Locations& where) {
  for (std::size_t i = 0; i < where.offsets.size(); i++) {
    if (where.offsets[i] >= 0 && where.offsets[i] + where.lengths[i] > static_cast<double>(mapping.size()))
      return false;
  }
  return true;
}

void probe_layer(const Plan& plan, const PlanLayer& layer, LayerFacts& facts, ReadCounters& counters) {
  const Probe probe = needed_probe(plan, layer, facts);
  if (probe == Probe::none) return;
  auto mapping = layer.where.file->mapping();
  if (!mapping.ok() || !contains_chunks(**mapping, layer.where)) return;
  facts.mapping = std::move(mapping).value();
  facts.is_mapped = true;
  if (probe == Probe::mapping) return;
  const std::size_t out_size = dtype_size(plan.out_type);
  if (probe == Probe::pages) {
    ChunkGeometry geometry(layer, out_size);
    geometry.seek(0);
    facts.selection = probe_pages(layer, geometry, *facts.mapping, counters);
    facts.pages_probed = facts.selection == Residency::full;
  }
  if (facts.selection == Residency::unknown) facts.selection = sample_selection(layer, out_size, counters);
}

}  // namespace

ReadFacts gather_facts(const Plan& plan, const std::byte* target, ReadCounters& counters) {
  const auto& pool = pool::ThreadPool::instance();
  ReadFacts facts;
  facts.compute_threads = pool.width(pool::Lane::compute);
  facts.io_threads = pool.width(pool::Lane::io);
  if (may_open_in_batches(plan)) facts.has_io_uring = sys::ring_available().ok();
  facts.layers.reserve(plan.layers.size());
  for (const PlanLayer& layer : plan.layers) {
    LayerFacts& layer_facts =
        facts.layers.emplace_back(describe_layer(plan, layer, reinterpret_cast<std::uintptr_t>(target)));
    if (plan.drops_cache()) layer_facts.file_range = probe_file_range(layer, counters);
    probe_layer(plan, layer, layer_facts, counters);
  }
  return facts;
}

}  // namespace posixpar
