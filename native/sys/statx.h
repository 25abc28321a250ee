#pragma once
/// \file statx(2) with the struct of a recent kernel, because the struct of the C library may be older.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "native/sys/file.h"

namespace posixpar::sys {

/// struct statx of include/uapi/linux/stat.h. A field is valid only if its bit is set in `mask`.
struct RawStatx {
  struct Time {
    std::int64_t seconds;
    std::uint32_t nanoseconds;
    std::int32_t padding;
  };
  std::uint32_t mask;
  std::uint32_t block_size;
  std::uint64_t attributes;
  std::uint32_t links;
  std::uint32_t uid;
  std::uint32_t gid;
  std::uint16_t mode;
  std::uint16_t padding;
  std::uint64_t inode;
  std::uint64_t size;
  std::uint64_t blocks;  // Number of allocated blocks of 512 bytes.
  std::uint64_t attributes_mask;
  Time accessed;
  Time born;
  Time changed;
  Time modified;
  std::uint32_t special_major;
  std::uint32_t special_minor;
  std::uint32_t device_major;
  std::uint32_t device_minor;
  std::uint64_t mount_id;              // Since Linux 5.8.
  std::uint32_t dio_memory_alignment;  // Since Linux 6.1.
  std::uint32_t dio_offset_alignment;
  std::uint64_t subvolume;
  std::uint32_t atomic_write[3];
  std::uint32_t dio_read_offset_alignment;  // Since Linux 6.14.
  std::uint8_t spare[0x48];
};
static_assert(offsetof(RawStatx, dio_memory_alignment) == 0x98 && offsetof(RawStatx, special_major) == 0x80 &&
              offsetof(RawStatx, dio_read_offset_alignment) == 0xb4 && sizeof(RawStatx) == 0x100);

inline constexpr unsigned kStatxBasic = 0x7ff;
inline constexpr unsigned kStatxMountId = 0x1000;
inline constexpr unsigned kStatxDioAlign = 0x2000;
inline constexpr unsigned kStatxDioReadAlign = 0x20000;

/// Returns 0, or -1 with errno set; ENOSYS if the system does not have the call.
/// \param context  the path of the file, for the test hook; `path` may be empty.
int raw_statx(int dir_fd, const char* path, int flags, unsigned mask, RawStatx& into, const std::string& context);

/// Returns the state of an open file as far as the kernel knows it, without a request to a server (AT_STATX_DONT_SYNC).
/// \returns nothing if the call fails, or if a test simulates that it would wait.
std::optional<FileId> stat_without_waiting(int fd, const std::string& path);

}  // namespace posixpar::sys
