#include "native/exec/strategy/inline_strategy.h"

#include <atomic>
#include <limits>
#include <utility>

#include "native/exec/page_cache/touched_pages.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/strategy/tasks.h"
#include "native/sys/open_file.h"

namespace posixpar {
namespace {

/// Maximum number of extents, and maximum length of each, for which a read on the JavaScript thread uses one system
/// call per extent. Beyond these limits, it is faster to copy from a mapping.
constexpr std::uint64_t kMaxExtents = 4;
constexpr std::uint64_t kMaxExtentBytes = std::uint64_t{128} << 10;

/// Returns the mapping of the file of `layer` if all pages of the selected elements were accessed a moment ago.
std::shared_ptr<sys::Mapping> find_recent_mapping(const PlanLayer& layer, std::uint64_t now_ns) {
  auto mapping = layer.where.file->existing_mapping();
  const double chunk_end = layer.where.offsets[0] + layer.where.lengths[0];
  if (mapping == nullptr || chunk_end > static_cast<double>(mapping->size())) return nullptr;
  ChunkGeometry geometry(layer, 1);
  geometry.seek(0);
  const ChunkExtent all = geometry.extent(0, std::numeric_limits<std::uint64_t>::max(), 0);
  const auto begin = static_cast<std::uint64_t>(layer.where.offsets[0]) + all.offset;
  return touches_recent_pages(*mapping, begin, all, dtype_size(layer.stored), now_ns) ? std::move(mapping) : nullptr;
}

/// True if the extents are few and short enough to read each of them with a system call.
bool has_few_short_extents(const InlineFacts& facts) {
  return facts.layer.extent_count <= kMaxExtents && facts.layer.extent_bytes <= kMaxExtentBytes;
}

}  // namespace

bool may_choose_inline(const Plan& plan) {
  return plan.layers.size() == 1 && plan.sink == nullptr && is_inline_candidate(plan) && plan.has_default_access() &&
         plan.layers[0].is_one_plain_chunk();
}

InlineFacts gather_inline_facts(const Plan& plan, const std::byte* target, std::uint64_t now_ns) {
  const PlanLayer& layer = plan.layers[0];
  const sys::OpenFile& file = *layer.where.file;
  InlineFacts facts;
  facts.supports_nowait = file.nowait_ok.load(std::memory_order_relaxed);
  facts.path_is_fresh = file.path_is_fresh(now_ns);
  facts.layer = describe_layer(plan, layer, reinterpret_cast<std::uintptr_t>(target));
  if (!has_few_short_extents(facts)) {
    facts.layer.mapping = find_recent_mapping(layer, now_ns);
    facts.pages_are_recent = facts.layer.mapping != nullptr;
  }
  return facts;
}

std::optional<ReadStrategy> choose_inline_strategy(const Plan& plan, const InlineFacts& facts) {
  if (!facts.path_is_fresh) return std::nullopt;
  const PlanLayer& layer = plan.layers[0];
  ReadStrategy strategy;
  if (has_few_short_extents(facts)) {
    if (!facts.supports_nowait) return std::nullopt;
    strategy.layers = {{.mode = Mode::extents,
                        .reason = EngineReason::whole_runs,
                        .level = layer.extent_level,
                        .block = layer.extent_block}};
  } else {
    if (!facts.pages_are_recent) return std::nullopt;
    strategy.layers = {choose_mapped(layer, facts.layer)};
  }
  strategy.layers[0].may_run_inline = true;
  strategy.may_run_inline = true;
  strategy.reason = strategy.layers[0].reason;
  strategy.tasks = split_into_tasks(plan, strategy.layers);
  return strategy;
}

}  // namespace posixpar
