#pragma once
/// \file Raw facts of the kernel about a path and its file system: lib/storage makes sense of it.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/base/result.h"

namespace posixpar::sys {

/// A device number in its two parts.
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

struct PathFacts {
  std::uint32_t mode = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::uint64_t allocated_bytes = 0;
  std::uint32_t preferred_io_bytes = 0;  ///< st_blksize.
  DeviceNumber device;                   ///< Where the file lies.
  DeviceNumber special;                  ///< The device that it is, for device files.
  std::optional<std::uint64_t> mount_id;
  std::optional<std::uint64_t> attributes;  ///< STATX_ATTR_ bits.
  /// STATX_DIOALIGN: memory, offset and (0: not known) the offset of reads. Zeros: no direct I/O on this file.
  bool direct_known = false;
  std::uint32_t direct_memory_bytes = 0;
  std::uint32_t direct_offset_bytes = 0;
  std::uint32_t direct_read_offset_bytes = 0;
  /// open(2) with O_DIRECT of a regular file: 0, or its errno. Nothing for what is not a regular file.
  std::optional<int> direct_open_errno;
  std::optional<FilesystemFacts> filesystem;  ///< Empty if statfs is refused.
  /// The Lustre layout (xattr lustre.lov, else trusted.lov), empty when there is none.
  std::vector<std::byte> lustre_layout;
};

/// Follows symbolic links. Needs search permission on the path, not read permission on the file.
/// \returns `io` when the path can't be looked at.
Result<PathFacts> path_facts(const std::string& path);

}  // namespace posixpar::sys
