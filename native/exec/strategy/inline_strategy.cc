#include "native/exec/strategy/inline_strategy.h"

#include <atomic>

#include "native/exec/strategy/tasks.h"
#include "native/sys/open_file.h"

namespace posixpar {
namespace {

/// Every extent costs a system call. Above this, gathering from a mapping on the pool is faster.
constexpr std::uint64_t kMaxExtents = 4;
constexpr std::uint64_t kMaxExtentBytes = std::uint64_t{128} << 10;

/// True if `layer` is one plain chunk of a file that is open.
bool is_one_plain_chunk(const PlanLayer& layer) {
  const Locations& where = layer.where;
  return layer.partial_reads && layer.use_count() == 1 && where.kind == Locations::Kind::open_file &&
         where.offsets[0] >= 0;
}

}  // namespace

bool may_choose_inline(const Plan& plan) {
  return plan.layers.size() == 1 && is_inline_candidate(plan) && plan.has_default_access() &&
         is_one_plain_chunk(plan.layers[0]);
}

InlineFacts gather_inline_facts(const Plan& plan, const std::byte* target, std::uint64_t now_ns) {
  const PlanLayer& layer = plan.layers[0];
  const sys::OpenFile& file = *layer.where.file;
  InlineFacts facts;
  facts.supports_nowait = file.nowait_ok.load(std::memory_order_relaxed);
  facts.path_is_fresh = file.path_is_fresh(now_ns);
  facts.layer = describe_layer(plan, layer, reinterpret_cast<std::uintptr_t>(target));
  return facts;
}

std::optional<ReadStrategy> choose_inline_strategy(const Plan& plan, const InlineFacts& facts) {
  if (!facts.supports_nowait || !facts.path_is_fresh) return std::nullopt;
  if (facts.layer.extent_count > kMaxExtents || facts.layer.extent_bytes > kMaxExtentBytes) return std::nullopt;
  const PlanLayer& layer = plan.layers[0];
  ReadStrategy strategy;
  strategy.may_run_inline = true;
  strategy.reason = EngineReason::whole_runs;
  strategy.layers = {{.mode = Mode::extents,
                      .reason = strategy.reason,
                      .may_run_inline = true,
                      .level = layer.extent_level,
                      .block = layer.extent_block}};
  strategy.tasks = split_into_tasks(plan, strategy.layers);
  return strategy;
}

}  // namespace posixpar
