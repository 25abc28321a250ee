#pragma once
/// \file The names in a directory.
#include <string>
#include <vector>

#include "native/base/result.h"

namespace posixpar::sys {

/// The names in the directory at `path` in any order, without `.` and `..`. Follows symbolic links. Faults of Op::open
/// strike here as well.
/// \returns `io` with the errno of open(2) or readdir(3).
Result<std::vector<std::string>> list_directory(const std::string& path);

}  // namespace posixpar::sys
