#include "native/exec/strategy/demand.h"

namespace posixpar {
namespace {

/// Rough time that a thread needs per byte: 250 MB/s for decoding, 4 GB/s for copying. The estimate is only used to
/// order reads that wait for threads.
constexpr double kDecodeByteNs = 4.0;
constexpr double kCopyByteNs = 0.25;
/// Time that a thread needs per chunk, regardless of its size.
constexpr double kChunkNs = 2000.0;

}  // namespace

pool::Demand demand_of(const Plan& plan, std::span<const LayerStrategy> layers) {
  double ns = static_cast<double>(plan.elements) * static_cast<double>(dtype_size(plan.out_type)) * kCopyByteNs;
  for (std::size_t i = 0; i < layers.size(); i++) {
    const PlanLayer& layer = plan.layers[i];
    const auto chunks = static_cast<double>(layer.chunk_count);
    ns += chunks * kChunkNs;
    if (layers[i].mode != Mode::whole) continue;
    ns += chunks * static_cast<double>(layer.chunk_bytes()) * kDecodeByteNs;
  }
  constexpr double kMax = 1e18;
  pool::Demand demand;
  demand.priority = plan.priority;
  demand.expected_ns = static_cast<std::uint64_t>(ns < kMax ? ns : kMax);
  return demand;
}

}  // namespace posixpar
