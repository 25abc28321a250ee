#include "native/sys/access.h"

#include <fcntl.h>

#include <mutex>
#include <set>

#include "native/sys/file.h"

#ifndef O_DIRECT
#define O_DIRECT 0
#endif

namespace posixpar::sys {
namespace {

struct Refusals {
  std::mutex mutex;
  std::set<std::uint64_t> devices;
};

/// Never destroyed: threads may read at the end of the process.
Refusals& refusals() {
  static auto* all = new Refusals;  // NOLINT(cppcoreguidelines-owning-memory)
  return *all;
}

}  // namespace

int open_flags(Access access) { return access == Access::direct ? O_DIRECT : 0; }

bool is_direct(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_DIRECT) != 0;
}

void advise(int fd, Access access, const std::string& path) {
  if (access == Access::normal || access == Access::direct) return;
  const int advice = access == Access::sequential ? POSIX_FADV_SEQUENTIAL : POSIX_FADV_RANDOM;
  static_cast<void>(advise_file(fd, 0, 0, advice, path).ok());
}

Result<UniqueFd> reopen(int fd, Access access, const std::string& path) {
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  auto again = open_at(AT_FDCWD, self.c_str(), open_flags(access), path);
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
