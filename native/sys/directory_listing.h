#pragma once
/// \file The names in a directory.
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/sys/roots.h"

namespace posixpar::sys {

/// The names in the directory at `path` in any order, without `.` and `..`. Follows symbolic links. Faults of Op::open
/// strike here as well.
/// \param roots  beneath which the directory must lie; null: anywhere.
/// \returns `io` with the errno of open(2) or readdir(3).
Result<std::vector<std::string>> list_directory(const std::string& path, const Roots* roots = nullptr);

}  // namespace posixpar::sys
