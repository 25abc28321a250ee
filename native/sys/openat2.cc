#include "native/sys/openat2.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdint>

#include "native/sys/file.h"
#include "native/sys/platform.h"
#include "native/sys/retry.h"

#if POSIXPAR_LINUX
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace posixpar::sys {
namespace {

/// Maximum number of attempts. openat2(2) may fail with EAGAIN if any process renames a file at the same time.
constexpr int kMaxTries = 128;

#if POSIXPAR_LINUX
// Values copied from include/uapi/linux/openat2.h, because the installed headers may lack them.
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/// struct open_how.
struct OpenHow {
  std::uint64_t flags;
  std::uint64_t mode;
  std::uint64_t resolve;
};
constexpr std::uint64_t kResolveNoMagicLinks = 0x02;
constexpr std::uint64_t kResolveBeneath = 0x08;
constexpr std::uint64_t kResolveCached = 0x20;

int call_openat2(int dir_fd, const char* path, int flags, std::uint64_t resolve) {
  OpenHow how{.flags = static_cast<std::uint64_t>(flags), .mode = 0, .resolve = resolve};
  return static_cast<int>(::syscall(SYS_openat2, dir_fd, path, &how, sizeof how));
}
#else
constexpr std::uint64_t kResolveNoMagicLinks = 0;
constexpr std::uint64_t kResolveBeneath = 0;
constexpr std::uint64_t kResolveCached = 0;

int call_openat2(int, const char*, int, std::uint64_t) {
  errno = ENOSYS;
  return -1;
}
#endif

}  // namespace

Result<UniqueFd> open_beneath(int dir_fd, const char* path, int flags, const std::string& context) {
  const auto call = [&] {
    return call_openat2(dir_fd, path, O_RDONLY | O_CLOEXEC | flags, kResolveBeneath | kResolveNoMagicLinks);
  };
  const auto faults = [&] { return consult_faults(Op::openat2, context); };
  int fd = retry(faults, call);
  for (int tries = 1; fd < 0 && errno == EAGAIN && tries < kMaxTries; tries++) fd = retry(faults, call);
  if (fd < 0) return io_error("open", errno, context);
  return UniqueFd(fd);
}

std::optional<UniqueFd> open_cached(int dir_fd, const char* path, int flags, Confined confined) {
  const std::uint64_t beneath = confined == Confined::yes ? kResolveBeneath | kResolveNoMagicLinks : 0;
  const int fd = call_openat2(dir_fd, path, O_RDONLY | O_CLOEXEC | flags, beneath | kResolveCached);
  if (fd < 0) return std::nullopt;
  return UniqueFd(fd);
}

}  // namespace posixpar::sys
