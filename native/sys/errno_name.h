#pragma once
/// \file Names of error numbers. strerrorname_np needs glibc 2.32, and musl and macOS do not have it.

namespace posixpar::sys {

/// Returns the name of an error, such as "ENOENT"; the empty string for 0 and for unknown numbers.
[[nodiscard]] const char* errno_name(int error_number);

}  // namespace posixpar::sys
