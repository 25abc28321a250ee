#pragma once
/// \file Names of error numbers. strerrorname_np would do, but came with glibc 2.32, and neither musl nor macOS has it.

namespace posixpar::sys {

/// "ENOENT" for ENOENT; the empty string for 0 and for numbers that are not in the table.
[[nodiscard]] const char* errno_name(int error_number);

}  // namespace posixpar::sys
