#pragma once
/// \file Properties of a path and its file system as the kernel reports them. lib/storage interprets them.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/base/result.h"

namespace posixpar::sys {

/// The two parts of a device number.
struct DeviceNumber {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
};

/// statfs(2); sizes in bytes.
struct FilesystemFacts {
  std::uint64_t magic = 0;
  std::uint64_t block_bytes = 0;
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;       ///< Includes the blocks reserved for root.
  std::uint64_t available_bytes = 0;  ///< Excludes the blocks reserved for root.
  std::uint64_t files = 0;
  std::uint64_t files_free = 0;
};

/// Properties of a path: results of statx(2), statfs(2), open(2) with O_DIRECT, and getxattr(2).
struct PathFacts {
  std::uint32_t mode = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::uint64_t allocated_bytes = 0;
  std::uint32_t preferred_io_bytes = 0;  ///< st_blksize.
  DeviceNumber device;                   ///< Device of the file system.
  DeviceNumber special;                  ///< Device that the path represents, if it is a device file (st_rdev).
  std::optional<std::uint64_t> mount_id;
  std::optional<std::uint64_t> attributes;  ///< STATX_ATTR_ bits.
  /// True if statx(2) reports the alignments below (STATX_DIOALIGN). An alignment of 0 means that the file does not
  /// support direct I/O; for `direct_read_offset_bytes`, it means that the alignment is not known.
  bool direct_known = false;
  std::uint32_t direct_memory_bytes = 0;
  std::uint32_t direct_offset_bytes = 0;
  std::uint32_t direct_read_offset_bytes = 0;
  /// Result of open(2) with O_DIRECT: 0 or an errno. Empty if the path is not a regular file.
  std::optional<int> direct_open_errno;
  std::optional<FilesystemFacts> filesystem;  ///< Empty if statfs(2) fails.
  /// The Lustre layout (xattr lustre.lov, else trusted.lov); empty if there is none.
  std::vector<std::byte> lustre_layout;
};

/// Returns the properties of a path. Follows symbolic links. Needs search permission on the directories of the path,
/// but no read permission on the file. \returns `io` if statx(2) or stat(2) fails.
Result<PathFacts> path_facts(const std::string& path);

}  // namespace posixpar::sys
