#pragma once
/// \file An io_uring for one thread: reads are queued, submitted together and reaped one by one (io_uring(7)).
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "native/base/result.h"
#include "native/sys/file.h"

namespace posixpar::sys {

/// Checks if this process may use io_uring; determined once. \returns `unsupported` with the reason, such as an old
/// kernel, a seccomp filter, the sysctl kernel.io_uring_disabled, or a build without liburing.
Status ring_available();

/// Options of a read through a ring.
struct RingRead {
  const iovec* pieces = nullptr;  ///< Destinations of the read. The array and the memory that it points to must stay
                                  ///< valid until the read is reaped.
  unsigned count = 0;
  std::uint64_t offset = 0;
  Keep keep = Keep::yes;
  Wait wait = Wait::yes;
};

/// A descriptor of the process, or a place in the ring's table of files (see Ring::make_places()).
struct RingFile {
  int number = -1;
  bool is_place = false;
};

/// Not thread-safe: each ring belongs to one thread.
class Ring {
 public:
  /// \returns `unsupported` with the reason if the kernel rejects the ring, or if the build has no liburing.
  static Result<std::unique_ptr<Ring>> create(unsigned entries);
  virtual ~Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// Queues a vectored read. \returns false if the ring is full; call reap() first.
  virtual bool queue_read(RingFile file, const RingRead& read, std::uint64_t tag) = 0;

  /// Creates the ring's table of files with `count` places. Files in it need no descriptor in the process. Does nothing
  /// if the table already has at least `count` places. \returns false if the kernel does not support such a table
  /// (before Linux 5.19), or if a smaller table exists.
  virtual bool make_places(unsigned count) = 0;
  /// Puts an open file into a place, so that reads need no lookup in the descriptor table of the process.
  /// \returns false if the kernel rejects this; reads by descriptor are always possible.
  virtual bool fix_file(unsigned place, int fd) = 0;
  /// Registers `memory` (io_uring_register_buffers(3)): the kernel pins it until release_memory(), instead of for every
  /// direct read. \returns false if other memory is registered, or if the kernel rejects this (beyond 1 GiB or
  /// RLIMIT_MEMLOCK). Reads into the memory are possible anyway.
  virtual bool fix_memory(std::span<std::byte> memory) = 0;
  virtual void release_memory() = 0;
  /// Sets the number of queued reads at which reap() submits them, even if it could return completed reads. A small
  /// number keeps the storage busy; a large number saves system calls.
  void batch_by(unsigned reads) { batch_ = reads; }
  /// Queues an open of `name` below `directory` (openat(2) with `flags`), followed by a read from that file. The ring
  /// puts the file into `place` of its table, and closes the old file there. Normally, reap() returns only the read. If
  /// the open fails, reap() returns only its errno, with the tag `kOpening | tag`. `name` must stay valid until reap()
  /// has returned one of them.
  /// \returns false if the ring is full; call reap() first.
  virtual bool queue_open_and_read(int directory, const char* name, int flags, unsigned place, const RingRead& read,
                                   std::uint64_t tag) = 0;
  static constexpr std::uint64_t kOpening = std::uint64_t{1} << 63;
  /// Closes the files in all places.
  virtual void clear_places() = 0;
  /// Result of a read or of a failed open.
  struct Reaped {
    std::uint64_t tag = 0;
    int result = 0;
    /// True if the kernel rejects all submissions of this process: because of a seccomp filter, because it does not
    /// support them, or because it has had no memory for a long time. The read was then not started, and `result` is
    /// the negative errno.
    bool refused = false;
  };
  /// Returns a read that has ended. If no read has ended, or if as many reads are queued as batch_by() says, first
  /// submits the queued reads and waits until one has ended. Retries after interruptions, and while the queues of the
  /// kernel are full. If the kernel permanently rejects submissions, reads that were not submitted end with the errno
  /// of the rejection. Submitted reads are still waited for, because the kernel may write to their memory. \pre at
  /// least one queued read has not been reaped yet.
  virtual Reaped reap() = 0;
  /// True if the kernel permanently rejects submissions. The ring must not be used any more.
  [[nodiscard]] bool broken() const { return broken_ != 0; }
  /// Number of system calls made so far.
  [[nodiscard]] std::uint64_t system_calls() const { return system_calls_; }

 protected:
  Ring() = default;
  std::uint64_t system_calls_ = 0;
  unsigned batch_ = 1;
  int broken_ = 0;  // errno with which the kernel permanently rejects submissions; 0 if it accepts them.
};

}  // namespace posixpar::sys
