#pragma once
/// \file A read lease on a file: until it is released, the kernel makes writers wait when they open the file (fcntl(2),
/// "Leases").
#include <sys/types.h>

#include <string>

#include "native/base/result.h"
#include "native/sys/roots.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// While the lease is held, no process has the file open for writing. A process that opens the file for writing or
/// truncates it breaks the lease: it waits in the kernel until the lease is released, but at most
/// /proc/sys/fs/lease-break-time seconds. The kernel reports the break to one thread by lease_signal(). If that thread
/// has ended, the report is lost, and only check() finds the break.
class ReadLease {
 public:
  /// Opens the file of `fd` again and takes the lease.
  /// \param receiver  thread_id() of a thread of this process that blocks lease_signal() and SIGIO.
  /// \param roots  as for reopen().
  /// \returns `io` with EAGAIN if the file is open for writing, with EACCES if the caller neither owns it nor has
  /// CAP_LEASE; `unsupported` if the file system has no leases.
  static Result<ReadLease> take(int fd, const std::string& path, pid_t receiver, const Roots* roots = nullptr);

  ReadLease(ReadLease&&) noexcept = default;
  ReadLease& operator=(ReadLease&&) = delete;
  ~ReadLease() { release(); }

  /// Descriptor of the lease, by which the kernel's signals name it. It stays open as long as this object exists.
  [[nodiscard]] int descriptor() const { return fd_.get(); }
  /// \returns `changed` if a process has opened the file for writing since the lease was taken, or the lease was
  /// released.
  [[nodiscard]] Status check() const;
  /// Releases the lease, even if a forked child has inherited the descriptor. A process that waits to open the file
  /// then continues. Idempotent.
  void release();

 private:
  ReadLease(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
  bool released_ = false;
};

}  // namespace posixpar::sys
