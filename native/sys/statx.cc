#include "native/sys/statx.h"

#include <cerrno>

#include "native/sys/hooks.h"
#include "native/sys/platform.h"

#if POSIXPAR_LINUX
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#endif

namespace posixpar::sys {

namespace {

std::int64_t nanoseconds(const RawStatx::Time& time) { return time.seconds * 1'000'000'000 + time.nanoseconds; }

}  // namespace

int raw_statx(int dir_fd, const char* path, int flags, unsigned mask, RawStatx& into, const std::string& context) {
#if POSIXPAR_LINUX
  const bool may_wait = (flags & AT_STATX_DONT_SYNC) == 0;
#else
  const bool may_wait = true;
#endif
  if (const auto fault = consult_faults(Op::statx, context, 0, 0, may_wait);
      fault && fault->action == FaultAction::error) {
    errno = static_cast<int>(fault->value);
    return -1;
  }
#ifdef SYS_statx
  return static_cast<int>(::syscall(SYS_statx, dir_fd, path, flags, mask, &into));
#else
  (void)dir_fd, (void)path, (void)flags, (void)mask, (void)into;
  errno = ENOSYS;
  return -1;
#endif
}

std::optional<FileId> stat_without_waiting(int fd, const std::string& path) {
#if POSIXPAR_LINUX
  RawStatx raw{};
  if (raw_statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, kStatxBasic, raw, path) != 0) return std::nullopt;
  return FileId{.device = makedev(raw.device_major, raw.device_minor),
                .inode = raw.inode,
                .size = raw.size,
                .mtime_ns = nanoseconds(raw.modified),
                .ctime_ns = nanoseconds(raw.changed),
                .mode = raw.mode,
                .uid = raw.uid,
                .links = raw.links};
#else
  (void)fd, (void)path;
  return std::nullopt;
#endif
}

}  // namespace posixpar::sys
