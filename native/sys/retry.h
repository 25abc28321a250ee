#pragma once
/// \file Repeats system calls that were interrupted, and applies injected faults to them.
#include <cerrno>

#include "native/sys/hooks.h"

namespace posixpar::sys {

/// Repeats `call` as long as it fails with EINTR. Before each attempt, calls `faults`. If `faults` returns an error,
/// sets errno and returns -1 instead of making the call.
template <typename Faults, typename Call>
auto retry(Faults faults, Call call) -> decltype(call()) {
  for (;;) {
    if (const auto fault = faults()) {
      if (fault->action == FaultAction::eintr) continue;
      if (fault->action == FaultAction::error) {
        errno = static_cast<int>(fault->value);
        return -1;
      }
    }
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace posixpar::sys
