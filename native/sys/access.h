#pragma once
/// \file Tells the kernel about the accesses to a file. It belongs to the open file description, so every kind
/// of access has a description of its own.
#include <cstdint>
#include <string>

#include "native/base/result.h"
#include "native/sys/roots.h"
#include "native/sys/storage.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

enum class Access : std::uint8_t {
  normal,      ///< The kernel's own readahead.
  sequential,  ///< POSIX_FADV_SEQUENTIAL: twice the window.
  random,      ///< POSIX_FADV_RANDOM: no readahead.
  direct,      ///< O_DIRECT: bypasses the page cache.
};
inline constexpr std::size_t kAccessKinds = 4;

/// Flags of open(2) for `access`.
int open_flags(Access access);
/// True if reads of `fd` bypass the page cache and must be aligned.
bool is_direct(int fd);
/// Applies the hints for `access` to an open file. Ignores refusals, because hints change no result.
void advise(int fd, Access access, const std::string& path);

/// Opens the file behind `fd` once more, for `access`: the same inode, even if `path` names another one by now. Without
/// /proc it opens `path`, beneath `roots` if there are any, and compares device and inode.
/// \returns `io`, with EINVAL if the file system does not do O_DIRECT; `changed` without /proc if `path` names another
/// file.
Result<UniqueFd> reopen(int fd, Access access, const std::string& path, const Roots* roots = nullptr);

/// True if a file system refused O_DIRECT before, by the device number of its files: the answer of one file serves all.
bool direct_refused(std::uint64_t device);
void refuse_direct(std::uint64_t device);

}  // namespace posixpar::sys
