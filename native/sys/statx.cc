#include "native/sys/statx.h"

#include <cerrno>

#include "native/sys/hooks.h"
#include "native/sys/platform.h"

#if POSIXPAR_LINUX
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace posixpar::sys {

int raw_statx(int dir_fd, const char* path, int flags, unsigned mask, RawStatx& into, const std::string& context) {
  if (const auto fault = consult_faults(Op::statx, context); fault && fault->action == FaultAction::error) {
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

}  // namespace posixpar::sys
