#include "native/sys/local_devices.h"

#include <algorithm>
#include <array>

#include "native/sys/file.h"
#include "native/sys/platform.h"
#include "native/sys/storage.h"

namespace posixpar::sys {

bool is_local_filesystem(std::uint64_t magic) {
  constexpr std::array<std::uint64_t, 8> kLocal = {
      0xEF53,      // ext2, ext3, ext4
      0x58465342,  // XFS
      0x9123683E,  // Btrfs
      0xF2F52010,  // F2FS
      0x01021994,  // tmpfs
      0x858458F6,  // ramfs
      0xE0F5E1E2,  // EROFS
      0x794C7630,  // overlayfs
  };
  return std::ranges::find(kLocal, magic) != kLocal.end();
}

LocalDevices& LocalDevices::instance() {
  static auto& it = *new LocalDevices;
  return it;
}

void LocalDevices::learn(std::uint64_t device, const std::string& path, const Roots* roots, std::uint64_t now_ns) {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = devices_.find(device);
    if (found != devices_.end() && now_ns - found->second.asked_ns < kKnownNs) return;
  }
  const auto fd = open_path(path, O_PATH, roots);
  if (!fd.ok()) return;
  const auto id = stat_fd(fd->get(), path);
  const auto magic = filesystem_magic(fd->get(), path);
  if (!id.ok() || !magic.ok()) return;
  const std::scoped_lock lock(mutex_);
  devices_[id->device] = {.is_local = is_local_filesystem(*magic), .asked_ns = now_ns};
}

bool LocalDevices::contains(std::uint64_t device, std::uint64_t now_ns) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  const auto found = devices_.find(device);
  return found != devices_.end() && found->second.is_local && now_ns - found->second.asked_ns < kKnownNs;
}

}  // namespace posixpar::sys
