#include "native/sys/file_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "native/sys/calls.h"
#include "native/sys/file.h"
#include "native/sys/platform.h"

namespace posixpar::sys {
namespace {

Status set_lock(int fd, short type, const std::string& path) {
#if POSIXPAR_LINUX
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;  // Because l_len is 0, the lock covers the file from its start, however long it becomes.
  if (call_fcntl(fd, F_OFD_SETLK, &lock, path) == 0) return {};
  return io_error("lock", errno == EACCES ? EAGAIN : errno, path);
#else
  static_cast<void>(fd);
  if (type == F_UNLCK) return {};
  return Error{.kind = ErrorKind::unsupported, .op = "lock", .path = path, .message = "file locks of this system"};
#endif
}

}  // namespace

Status lock_file(int fd, const std::string& path) { return set_lock(fd, F_WRLCK, path); }

Status unlock_file(int fd, const std::string& path) { return set_lock(fd, F_UNLCK, path); }

}  // namespace posixpar::sys
