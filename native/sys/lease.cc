#include "native/sys/lease.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "native/sys/access.h"
#include "native/sys/calls.h"
#include "native/sys/file.h"
#include "native/sys/hooks.h"
#include "native/sys/lease_signal.h"
#include "native/sys/platform.h"

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

/// \returns 0 or an errno.
int take_lease(int fd, const std::string& path, pid_t receiver) {
  // Sets the receiver before the lease is taken. Otherwise the kernel would send signals to the process, not the
  // thread.
  f_owner_ex owner{F_OWNER_TID, receiver};
  if (call_fcntl(fd, F_SETOWN_EX, &owner, path) != 0) return errno;
  if (call_fcntl(fd, F_SETSIG, lease_signal(), path) != 0) return errno;
  return call_fcntl(fd, F_SETLEASE, F_RDLCK, path) == 0 ? 0 : errno;
}

bool is_held(int fd, const std::string& path) { return call_fcntl(fd, F_GETLEASE, 0, path) == F_RDLCK; }
void drop_lease(int fd, const std::string& path) { call_fcntl(fd, F_SETLEASE, F_UNLCK, path); }

#else

int take_lease(int, const std::string&, pid_t) { return EOPNOTSUPP; }
bool is_held(int, const std::string&) { return false; }
void drop_lease(int, const std::string&) {}

#endif

}  // namespace

Result<ReadLease> ReadLease::take(int fd, const std::string& path, pid_t receiver, const Roots* roots) {
  if (const auto fault = consult_faults(Op::lease, path); fault && fault->action == FaultAction::error) {
    return refused(static_cast<int>(fault->value), path);
  }
  auto own = reopen(fd, Access::normal, path, roots);
  if (!own.ok()) return std::move(own).error();
  if (const int error_number = take_lease(own->get(), path, receiver); error_number != 0)
    return refused(error_number, path);
  return ReadLease(std::move(*own), path);
}

void ReadLease::release() {
  if (!fd_.valid() || std::exchange(released_, true)) return;
  drop_lease(fd_.get(), path_);
}

Status ReadLease::check() const {
  if (!released_ && is_held(fd_.get(), path_)) return {};
  return Error{.kind = ErrorKind::changed,
               .op = "lease",
               .path = path_,
               .message = "another process opened the file for writing during the read"};
}

}  // namespace posixpar::sys
