#include "native/exec/strategy/demand.h"

#include <limits>

namespace posixpar {
namespace {

/// Thread time for a byte: 250 MB/s for what is decoded, 4 GB/s for what is copied. It decides only which of two reads
/// begins first.
constexpr double kDecodeByteNs = 4.0;
constexpr double kCopyByteNs = 0.25;
/// Thread time for a chunk, however small.
constexpr double kChunkNs = 2000.0;

}  // namespace

pool::Demand demand_of(const Plan& plan, const std::vector<std::unique_ptr<LayerRead>>& layers) {
  double ns = static_cast<double>(plan.elements) * static_cast<double>(dtype_size(plan.out_type)) * kCopyByteNs;
  for (const auto& work : layers) {
    const auto chunks = static_cast<double>(work->layer.chunk_count);
    ns += chunks * kChunkNs;
    if (work->mode != Mode::whole) continue;
    double decoded = chunks * static_cast<double>(dtype_size(work->layer.stored));
    for (const PlanDim& dim : work->layer.dims) decoded *= static_cast<double>(dim.chunk_shape);
    ns += decoded * kDecodeByteNs;
  }
  constexpr double kMax = 1e18;
  pool::Demand demand;
  demand.priority = plan.priority;
  demand.expected_ns = static_cast<std::uint64_t>(ns < kMax ? ns : kMax);
  return demand;
}

}  // namespace posixpar
