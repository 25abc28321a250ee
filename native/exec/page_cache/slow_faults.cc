#include "native/exec/page_cache/slow_faults.h"

#include "native/sys/clock.h"
#include "native/sys/thread_usage.h"

namespace posixpar {
namespace {

/// If copying from a mapping takes longer than this, a page fault may have waited for storage.
constexpr std::uint64_t kSlowGatherNs = 200'000;
/// After a page fault that waited for storage, the JavaScript thread does not copy from the mapping for this time.
constexpr std::uint64_t kDistrustNs = 1'000'000'000;

}  // namespace

void distrust_after_slow_fault(sys::Mapping& mapping, std::uint64_t begin_ns) {
  thread_local std::uint64_t known_faults = 0;
  const std::uint64_t now_ns = sys::monotonic_ns();
  if (now_ns - begin_ns < kSlowGatherNs) return;
  const std::uint64_t faults = sys::thread_major_faults();
  if (faults != known_faults) mapping.recent_pages().distrust_until(now_ns + kDistrustNs);
  known_faults = faults;
}

}  // namespace posixpar
