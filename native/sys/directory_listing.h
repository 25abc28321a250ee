#pragma once
/// \file Lists the names in a directory.
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/sys/roots.h"

namespace posixpar::sys {

/// Returns the names in the directory at `path`, except `.` and `..`, in no particular order. Follows symbolic links.
/// Injected faults of Op::open affect this function, too.
/// \param roots  directories to which `path` is confined; null if any path is allowed.
/// \returns `io` with the errno of open(2) or readdir(3); `refused` if `path` is not beneath a root.
Result<std::vector<std::string>> list_directory(const std::string& path, const Roots* roots = nullptr);

}  // namespace posixpar::sys
