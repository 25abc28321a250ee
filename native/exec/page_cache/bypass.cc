#include "native/exec/page_cache/bypass.h"

namespace posixpar {
namespace {

/// Minimum size of a read, and minimum mean length of its extents, for which O_DIRECT is faster.
constexpr std::uint64_t kMinDirectBytes = std::uint64_t{8} << 20;
constexpr std::uint64_t kMinDirectExtentBytes = std::uint64_t{64} << 10;

}  // namespace

bool skips_mmap(const Plan& plan, Residency file_range) {
  return plan.engine == EngineKind::automatic && plan.drops_cache() && file_range != Residency::full;
}

bool must_not_populate_cache(const Plan& plan, Residency file_range) {
  return plan.drops_cache() && !plan.waits() && file_range != Residency::full;
}

bool prefers_direct_io(const Plan& plan, const IoEstimate& io) {
  if (plan.engine != EngineKind::automatic || plan.readahead != Readahead::kernel) return false;
  return io.bytes >= kMinDirectBytes && io.bytes / io.count >= kMinDirectExtentBytes;
}

}  // namespace posixpar
