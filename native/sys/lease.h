#pragma once
/// \file A read lease on a file: until it is released, the kernel makes writers wait when they open the file (fcntl(2),
/// "Leases").
#include <sys/types.h>

#include <string>

#include "native/base/result.h"
#include "native/sys/roots.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// While the lease is held, no process has the file open for writing. A process that opens or truncates it for writing
/// breaks the lease and waits in the kernel until the lease is released, at most for /proc/sys/fs/lease-break-time.
/// The kernel reports a break by lease_signal() to one thread. If that thread has ended, the report is lost, and only
/// check() finds the break. Each lease belongs to an open file description of its own.
class ReadLease {
 public:
  /// Opens the file behind `fd` again and takes the lease.
  /// \param receiver  thread_id() of a thread of this process that blocks lease_signal() and SIGIO.
  /// \param roots  as for reopen().
  /// \returns `io` with EAGAIN if the file is open for writing, with EACCES if the caller neither owns it nor has
  /// CAP_LEASE; `unsupported` if the file system has no leases.
  static Result<ReadLease> take(int fd, const std::string& path, pid_t receiver, const Roots* roots = nullptr);

  ReadLease(ReadLease&&) noexcept = default;
  ReadLease& operator=(ReadLease&&) = delete;
  ~ReadLease() { release(); }

  /// The descriptor that reports of the kernel name. Open for as long as this object exists.
  [[nodiscard]] int descriptor() const { return fd_.get(); }
  /// \returns `changed` if a process has opened the file for writing since the lease was taken, or the lease was
  /// released.
  [[nodiscard]] Status check() const;
  /// Lets a process that waits for the file continue, even if a forked child has inherited the descriptor. Idempotent.
  void release();

 private:
  ReadLease(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
  bool released_ = false;
};

}  // namespace posixpar::sys
