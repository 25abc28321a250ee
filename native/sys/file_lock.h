#pragma once
/// \file Exclusive locks on files (fcntl(2), "Open file description locks"). Programs that use them agree that only one
/// of them writes a file at a time.
#include <string>

#include "native/base/result.h"

namespace posixpar::sys {

/// Takes an exclusive lock on the file without waiting. The lock belongs to the open file description, so it also
/// excludes other descriptors of this process, and ends when the descriptor is closed. \pre `fd` is open for writing.
/// \returns `io` with EAGAIN if another open file description holds a lock; `unsupported` on systems other than Linux;
/// `io` with another code if the file system has no locks.
Status lock_file(int fd, const std::string& path);

/// Releases the lock, even if a forked child has inherited the descriptor.
Status unlock_file(int fd, const std::string& path);

}  // namespace posixpar::sys
