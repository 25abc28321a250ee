#include "native/sys/access.h"

#include <fcntl.h>

#include <cerrno>
#include <mutex>
#include <set>

#include "native/sys/calls.h"
#include "native/sys/file.h"
#include "native/sys/hooks.h"

#ifndef O_DIRECT
#define O_DIRECT 0
#endif

namespace posixpar::sys {
namespace {

struct Refusals {
  std::mutex mutex;
  std::set<std::uint64_t> devices;
};

/// Never destroyed, because threads may still use it while the process exits.
Refusals& refusals() {
  static auto* all = new Refusals;  // NOLINT(cppcoreguidelines-owning-memory)
  return *all;
}

/// Opens the file through /proc/self/fd, which always leads to the same inode (proc_pid_fd(5)).
Result<UniqueFd> open_link(int fd, Access access, const std::string& path) {
  if (const auto fault = consult_faults(Op::reopen, path); fault && fault->action == FaultAction::error) {
    return io_error("open", static_cast<int>(fault->value), path);
  }
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  return open_at(AT_FDCWD, self.c_str(), open_flags(access), path);
}

/// True if `error` means that /proc/self/fd cannot be used: /proc is not mounted, is hidden, or belongs to another
/// process.
bool cannot_follow(const Error& error) {
  const int n = error.sys_errno;
  return n == ENOENT || n == ENOTDIR || n == EACCES || n == EPERM || n == ELOOP || n == ENXIO;
}

/// Opens the file by its path, and checks that it is the same file.
Result<UniqueFd> open_same(int fd, Access access, const std::string& path, const Roots* roots) {
  const int flags = open_flags(access) | O_NONBLOCK;
  auto again = roots == nullptr ? open_at(AT_FDCWD, path.c_str(), flags, path) : roots->open(path, flags);
  if (!again.ok()) return again;
  const auto expected = stat_fd(fd, path);
  if (!expected.ok()) return expected.error();
  const auto found = stat_fd(again->get(), path);
  if (!found.ok()) return found.error();
  if (found->device == expected->device && found->inode == expected->inode) return again;
  return Error{.kind = ErrorKind::changed, .op = "open", .path = path, .message = "the path names another file now"};
}

}  // namespace

int open_flags(Access access) {
  if (access == Access::direct_write) return O_DIRECT | O_RDWR;
  return access == Access::direct ? O_DIRECT : 0;
}

bool is_direct(int fd) {
  const int flags = call_fcntl(fd, F_GETFL, 0, "");
  return flags >= 0 && (flags & O_DIRECT) != 0;
}

void advise(int fd, Access access, const std::string& path) {
  if (access != Access::sequential && access != Access::random) return;
  const int advice = access == Access::sequential ? POSIX_FADV_SEQUENTIAL : POSIX_FADV_RANDOM;
  static_cast<void>(advise_file(fd, 0, 0, advice, path).ok());
}

Result<UniqueFd> reopen(int fd, Access access, const std::string& path, const Roots* roots) {
  auto again = open_link(fd, access, path);
  if (!again.ok() && cannot_follow(again.error())) again = open_same(fd, access, path, roots);
  if (again.ok()) advise(again->get(), access, path);
  return again;
}

bool direct_refused(std::uint64_t device) {
  const std::lock_guard lock(refusals().mutex);
  return refusals().devices.contains(device);
}

void refuse_direct(std::uint64_t device) {
  const std::lock_guard lock(refusals().mutex);
  refusals().devices.insert(device);
}

}  // namespace posixpar::sys
