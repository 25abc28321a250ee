#pragma once
/// \file A read lease on a file: the kernel keeps writers from opening the file until it is released (fcntl(2),
/// "Leases").
#include <cstdint>
#include <string>

#include "native/base/result.h"
#include "native/sys/roots.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// While the lease is held, no process has the file open for writing. A process that opens or truncates it for writing
/// breaks the lease and waits in the kernel until the lease is released, at most for /proc/sys/fs/lease-break-time.
/// The kernel signals a break. No signal is ever delivered: its owner is removed as soon as the lease is taken, and a
/// break is found by asking. Each lease belongs to an open file description of its own.
class ReadLease {
 public:
  /// System calls of take().
  static constexpr std::uint64_t kSystemCalls = 9;
  /// Opens the file behind `fd` again and takes the lease.
  /// \param roots  as for reopen().
  /// \returns `io` with EAGAIN if the file is open for writing, with EACCES if the caller neither owns it nor has
  /// CAP_LEASE; `unsupported` if the file system has no leases.
  static Result<ReadLease> take(int fd, const std::string& path, const Roots* roots = nullptr);

  /// \returns `changed` if a process has opened the file for writing since the lease was taken.
  [[nodiscard]] Status check() const;
  /// Lets a process that waits for the file go on. Idempotent.
  void release() { fd_.reset(); }

 private:
  ReadLease(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

}  // namespace posixpar::sys
