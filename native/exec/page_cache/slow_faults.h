#pragma once
/// \file Notices page faults that waited for storage, although the pages of a mapping were accessed a moment ago
/// (docs/adr/0001-cached-data.md).
#include <cstdint>

#include "native/sys/mapping.h"

namespace posixpar {

/// Checks if the JavaScript thread, which has just copied from `mapping`, waited for storage in a page fault. The
/// reason would be that a recently accessed page was evicted. If it waited, only threads of the pool copy from this
/// mapping for some time.
/// \param begin_ns  time on the monotonic clock at which the copy began.
void distrust_after_slow_fault(sys::Mapping& mapping, std::uint64_t begin_ns);

}  // namespace posixpar
