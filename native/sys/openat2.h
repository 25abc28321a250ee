#pragma once
/// \file Opens files that are confined to a directory (openat2(2)).
#include <cstdint>
#include <optional>
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

/// Specifies if a path may lead out of the directory in which its resolution begins.
enum class Confined : std::uint8_t { no, yes };

/// Opens a path only if the kernel can resolve it from memory, without a request to a file system (RESOLVE_CACHED).
/// Also passes O_CLOEXEC | O_RDONLY | `flags`. Without O_PATH, the file system opens the file, which may wait on file
/// systems that are not local (local_devices.h). \returns nothing if any part of the path is not in memory, or if the
/// call fails for another reason, or before Linux 5.12.
std::optional<UniqueFd> open_cached(int dir_fd, const char* path, int flags, Confined confined);

}  // namespace posixpar::sys
