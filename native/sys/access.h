#pragma once
/// \file Tells the kernel how a file will be accessed. These hints apply to an open file description. So the file is
/// opened separately for each kind of access.
#include <cstdint>
#include <string>

#include "native/base/result.h"
#include "native/sys/roots.h"
#include "native/sys/storage.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// How the reads (or writes) through a descriptor access the file.
enum class Access : std::uint8_t {
  normal,      ///< The kernel's default read-ahead.
  sequential,  ///< POSIX_FADV_SEQUENTIAL: twice the read-ahead window.
  random,      ///< POSIX_FADV_RANDOM: no read-ahead.
  direct,      ///< O_DIRECT: bypasses the page cache.
  /// O_DIRECT, for reading and writing. The file must be open for writing already.
  direct_write,
};
inline constexpr std::size_t kAccessKinds = 5;

/// Returns the flags of open(2) for `access`.
int open_flags(Access access);
/// True if reads of `fd` bypass the page cache and must be aligned.
bool is_direct(int fd);
/// Applies the hints for `access` to an open file. Ignores errors, because hints change no result.
void advise(int fd, Access access, const std::string& path);

/// Opens the file of `fd` once more, for `access`. Opens the same inode, even if `path` now names another file. If
/// /proc is not available, opens `path` (confined to `roots`, if not null), and checks that device and inode are the
/// same. \returns `io`, with EINVAL if the file system does not support O_DIRECT. If /proc is not available, also
/// `changed` if `path` names another file, and `refused` if `path` is not beneath a root.
Result<UniqueFd> reopen(int fd, Access access, const std::string& path, const Roots* roots = nullptr);

/// True if refuse_direct() was called for the file system with this device number.
bool direct_refused(std::uint64_t device);
/// Records that the file system with this device number does not support O_DIRECT. This applies to all of its files.
void refuse_direct(std::uint64_t device);

}  // namespace posixpar::sys
