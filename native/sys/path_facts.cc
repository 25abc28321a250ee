#include "native/sys/path_facts.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "native/sys/calls.h"
#include "native/sys/file.h"
#include "native/sys/platform.h"
#include "native/sys/statx.h"

#if POSIXPAR_LINUX
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

namespace posixpar::sys {
namespace {

/// Maximum size of a layout: Lustre's limit for an extended attribute.
constexpr std::size_t kMaxLayout = 65536;

DeviceNumber device_number(dev_t device) {
  return {static_cast<std::uint32_t>(major(device)), static_cast<std::uint32_t>(minor(device))};
}

/// Returns the unit of block counts: f_frsize (statfs(2)), or f_bsize if f_frsize is 0 (kernels before 2.6.36, some
/// file systems) or missing (macOS).
std::uint64_t unit_of(const struct statfs& fs) {
#if POSIXPAR_LINUX
  if (fs.f_frsize > 0) return static_cast<std::uint64_t>(fs.f_frsize);
#endif
  return static_cast<std::uint64_t>(fs.f_bsize);
}

/// Calls statx(2) or, if that is unavailable, stat(2), which returns fewer properties.
Result<PathFacts> identity(const std::string& path) {
  PathFacts facts;
  RawStatx raw{};
  constexpr unsigned kWanted = kStatxBasic | kStatxMountId | kStatxDioAlign | kStatxDioReadAlign;
  if (raw_statx(AT_FDCWD, path.c_str(), 0, kWanted, raw, path) == 0) {
    facts.mode = raw.mode;
    facts.inode = raw.inode;
    facts.size = raw.size;
    facts.allocated_bytes = raw.blocks * 512;
    facts.preferred_io_bytes = raw.block_size;
    facts.device = {raw.device_major, raw.device_minor};
    facts.special = {raw.special_major, raw.special_minor};
    facts.attributes = raw.attributes;
    if ((raw.mask & kStatxMountId) != 0) facts.mount_id = raw.mount_id;
    if ((raw.mask & kStatxDioAlign) != 0) {
      facts.direct_known = true;
      facts.direct_memory_bytes = raw.dio_memory_alignment;
      facts.direct_offset_bytes = raw.dio_offset_alignment;
      if ((raw.mask & kStatxDioReadAlign) != 0) facts.direct_read_offset_bytes = raw.dio_read_offset_alignment;
    }
    return facts;
  }
  // ENOSYS comes from an old kernel, EPERM from a sandbox that does not know the call. stat(2) then reports the real
  // error, if any.
  if (errno != ENOSYS && errno != EPERM) return io_error("stat", errno, path);
  struct stat s {};
  if (call_stat(path, s) != 0) return io_error("stat", errno, path);
  facts.mode = s.st_mode;
  facts.inode = s.st_ino;
  facts.size = static_cast<std::uint64_t>(s.st_size);
  facts.allocated_bytes = static_cast<std::uint64_t>(s.st_blocks) * 512;
  facts.preferred_io_bytes = static_cast<std::uint32_t>(s.st_blksize);
  facts.device = device_number(s.st_dev);
  facts.special = device_number(s.st_rdev);
  return facts;
}

std::optional<FilesystemFacts> filesystem_facts(const std::string& path) {
  struct statfs fs {};
  if (call_statfs(path, fs) != 0) return std::nullopt;
  const std::uint64_t unit = unit_of(fs);
  FilesystemFacts facts;
  facts.magic = static_cast<std::uint32_t>(fs.f_type);
  facts.block_bytes = static_cast<std::uint64_t>(fs.f_bsize);
  facts.total_bytes = fs.f_blocks * unit;
  facts.free_bytes = fs.f_bfree * unit;
  facts.available_bytes = fs.f_bavail * unit;
  facts.files = fs.f_files;
  facts.files_free = fs.f_ffree;
  return facts;
}

std::vector<std::byte> lustre_layout(const std::string& path) {
  for (const char* name : {"lustre.lov", "trusted.lov"}) {
    std::vector<std::byte> value(kMaxLayout);
    const ssize_t got = call_getxattr(path, name, value);
    if (got <= 0) continue;
    value.resize(static_cast<std::size_t>(got));
    return value;
  }
  return {};
}

/// Opens with O_NONBLOCK: if a FIFO has replaced the file in the meantime, the open does not wait for a writer.
int direct_open_errno(const std::string& path) {
  auto fd = open_at(AT_FDCWD, path.c_str(), O_DIRECT | O_NONBLOCK, path);
  return fd.ok() ? 0 : fd.error().sys_errno;
}

}  // namespace

Result<PathFacts> path_facts(const std::string& path) {
  auto facts = identity(path);
  if (!facts.ok()) return facts;
  facts->filesystem = filesystem_facts(path);
  if (S_ISREG(facts->mode)) facts->direct_open_errno = direct_open_errno(path);
  if (S_ISREG(facts->mode) || S_ISDIR(facts->mode)) facts->lustre_layout = lustre_layout(path);
  return facts;
}

}  // namespace posixpar::sys
