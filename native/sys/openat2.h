#pragma once
/// \file Opens files that are confined to a directory (openat2(2)).
#include <string>

#include "native/base/result.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// Calls openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS, and O_CLOEXEC | O_RDONLY | `flags`. While the kernel
/// resolves the path, it rejects every step that leads out of `dir_fd`: `..`, absolute symbolic links, links of /proc.
/// Repeats the call after EAGAIN: if any process renames a file at the same time, the kernel may not be sure where `..`
/// leads.
/// \param path  relative to `dir_fd`.
/// \param context  the path that errors name.
/// \returns `io`: with EXDEV if the path leads out of the directory, or ELOOP if it contains a magic link of /proc;
/// with ENOSYS if the kernel is older than Linux 5.6 or the system is not Linux; with EPERM if a seccomp filter rejects
/// the call.
Result<UniqueFd> open_beneath(int dir_fd, const char* path, int flags, const std::string& context);

}  // namespace posixpar::sys
