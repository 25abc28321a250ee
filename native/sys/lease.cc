#include "native/sys/lease.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "native/sys/access.h"
#include "native/sys/calls.h"
#include "native/sys/file.h"
#include "native/sys/hooks.h"
#include "native/sys/platform.h"

#if POSIXPAR_LINUX
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#endif

namespace posixpar::sys {
namespace {

Error refused(int error_number, const std::string& path) {
  Error error = io_error("lease", error_number, path);
  switch (error_number) {
    case EAGAIN:
      error.message = "the file is open for writing, so no read lease can be taken (consistency: 'lease')";
      break;
    case EACCES:
    case EPERM:
      error.message =
          "only the owner of the file, or a process with CAP_LEASE, can take a lease (consistency: 'lease')";
      break;
    case EINVAL:
    case ENOSYS:
    case EOPNOTSUPP:
      error.kind = ErrorKind::unsupported;
      error.message = "the file system has no leases (consistency: 'lease')";
      break;
    default:
      break;
  }
  return error;
}

#if POSIXPAR_LINUX

/// Blocks the signal of a lease in this thread, and discards signals that arrived in the meantime.
class BlockedSignal {
 public:
  BlockedSignal() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, number());
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~BlockedSignal() {
    const timespec now{};
    while (::sigtimedwait(&set_, nullptr, &now) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BlockedSignal(const BlockedSignal&) = delete;
  BlockedSignal& operator=(const BlockedSignal&) = delete;
  /// A real-time signal, which neither Node nor a sanitizer uses. The default SIGIO would end the process.
  static int number() { return SIGRTMAX - 3; }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

/// \returns 0 or an errno.
int lease_without_signals(int fd, const std::string& path) {
  const BlockedSignal blocked;
  // The owner is this thread, which blocks the signal, until the lease exists; then there is no owner.
  f_owner_ex owner{F_OWNER_TID, static_cast<pid_t>(::syscall(SYS_gettid))};
  if (call_fcntl(fd, F_SETOWN_EX, &owner, path) != 0) return errno;
  if (call_fcntl(fd, F_SETSIG, BlockedSignal::number(), path) != 0) return errno;
  if (call_fcntl(fd, F_SETLEASE, F_RDLCK, path) != 0) return errno;
  if (call_fcntl(fd, F_SETOWN, 0, path) == 0) return 0;
  const int error_number = errno;
  call_fcntl(fd, F_SETLEASE, F_UNLCK, path);
  return error_number;
}

bool is_held(int fd, const std::string& path) { return call_fcntl(fd, F_GETLEASE, 0, path) == F_RDLCK; }

#else

int lease_without_signals(int, const std::string&) { return EOPNOTSUPP; }
bool is_held(int, const std::string&) { return false; }

#endif

}  // namespace

Result<ReadLease> ReadLease::take(int fd, const std::string& path, const Roots* roots) {
  if (const auto fault = consult_faults(Op::lease, path); fault && fault->action == FaultAction::error) {
    return refused(static_cast<int>(fault->value), path);
  }
  auto own = reopen(fd, Access::normal, path, roots);
  if (!own.ok()) return std::move(own).error();
  if (const int error_number = lease_without_signals(own->get(), path); error_number != 0)
    return refused(error_number, path);
  return ReadLease(std::move(*own), path);
}

Status ReadLease::check() const {
  if (fd_.valid() && is_held(fd_.get(), path_)) return {};
  return Error{.kind = ErrorKind::changed,
               .op = "lease",
               .path = path_,
               .message = "another process opened the file for writing during the read"};
}

}  // namespace posixpar::sys
