#include "native/sys/file_position.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "native/sys/calls.h"
#include "native/sys/file.h"
#include "native/sys/hooks.h"

namespace posixpar::sys {

Result<std::size_t> read_next(int fd, std::byte* into, std::size_t length, const std::string& path) {
  std::size_t ask = std::min(length, kMaxTransfer);
  for (;;) {
    if (const auto fault = consult_faults(Op::pread, path, 0, std::numeric_limits<std::int64_t>::max())) {
      if (fault->action == FaultAction::eintr) continue;
      if (fault->action == FaultAction::error) return io_error("read", static_cast<int>(fault->value), path, 0, ask);
      if (fault->action == FaultAction::end) return std::size_t{0};
      if (fault->action == FaultAction::shorten) ask = std::clamp<std::size_t>(fault->value, 1, ask);
    }
    const ssize_t got = ::read(fd, into, ask);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return io_error("read", errno, path, 0, ask);
  }
}

Status set_position(int fd, std::uint64_t offset, const std::string& path) {
  if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
    return io_error("lseek", EOVERFLOW, path, offset);
  }
  if (call_lseek(fd, offset, path) < 0) return io_error("lseek", errno, path, offset);
  return {};
}

}  // namespace posixpar::sys
