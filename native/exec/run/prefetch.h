#pragma once
/// \file Runs of a file asked for together, before the first of them is waited for.
#include "native/exec/strategy/work.h"

namespace posixpar {

/// Asks for the runs of `task` that are not in the result yet, once for each task, and waits for none: blocking reads
/// would have them come one after the other (POSIX_FADV_WILLNEED; docs/adr/0003-engines.md). Does nothing where that
/// does not help or was not wanted: runs without gaps between them, which the kernel's own readahead serves better;
/// files that are not open; reads past the page cache, that leave nothing in it, or whose readahead the caller decides.
void prefetch(Task& task, const LayerRead& work, const Plan& plan, ReadCounters& counters);

}  // namespace posixpar
