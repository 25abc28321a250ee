#include "native/sys/block_device.h"

#include "native/sys/calls.h"
#include "native/sys/platform.h"

#if POSIXPAR_LINUX
#include <sys/sysmacros.h>

#include <array>
#include <climits>
#include <string_view>
#endif

namespace posixpar::sys {

bool on_virtio(int fd, const std::string& path) {
#if POSIXPAR_LINUX
  struct stat status {};
  if (call_fstat(fd, status, path) != 0) return false;
  const std::string link =
      "/sys/dev/block/" + std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev));
  std::array<char, PATH_MAX> target{};
  const ssize_t length = call_readlink(link, target);
  return length > 0 &&
         std::string_view(target.data(), static_cast<std::size_t>(length)).find("/virtio") != std::string_view::npos;
#else
  (void)fd, (void)path;
  return false;
#endif
}

}  // namespace posixpar::sys
