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

/// Checks if this process may use io_uring; determined once. \returns `unsupported` with the reason: an old kernel, a
/// seccomp filter, the sysctl kernel.io_uring_disabled, or a build without liburing.
Status ring_available();

/// Options of a read through a ring.
struct RingRead {
  const iovec* pieces = nullptr;  ///< Must stay valid, like their memory, until the read is reaped.
  unsigned count = 0;
  std::uint64_t offset = 0;
  Keep keep = Keep::yes;
  Wait wait = Wait::yes;
};

/// A descriptor of the process, or a slot in the ring's table of files.
struct RingFile {
  int number = -1;
  bool is_place = false;
};

/// Not thread-safe: each ring belongs to one thread.
class Ring {
 public:
  /// \returns `unsupported` or `io` if the kernel rejects the ring.
  static Result<std::unique_ptr<Ring>> create(unsigned entries);
  virtual ~Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// Queues a vectored read. \returns false if the ring is full; call reap() first.
  virtual bool queue_read(RingFile file, const RingRead& read, std::uint64_t tag) = 0;

  /// Creates the ring's table with slots ("places") for `count` files, which need no descriptor in the process. Call it
  /// once. \returns false if the kernel does not support such files (before Linux 5.19).
  virtual bool make_places(unsigned count) = 0;
  /// Puts an open file into a slot, so that reads need no lookup in the descriptor table of the process.
  /// \returns false if the kernel rejects this; reads by descriptor are always possible.
  virtual bool fix_file(unsigned place, int fd) = 0;
  /// Pins `memory` in the kernel until release_memory() (io_uring_register_buffers(3)). Otherwise the kernel pins it
  /// for every read. \returns false if the kernel rejects this (beyond 1 GiB or RLIMIT_MEMLOCK); reads are possible
  /// anyway.
  virtual bool fix_memory(std::span<std::byte> memory) = 0;
  virtual void release_memory() = 0;
  /// Sets how many queued reads trigger a submission before completed reads are reaped. A small number keeps the
  /// storage busy, a large one saves system calls.
  void batch_by(unsigned reads) { batch_ = reads; }
  /// Queues two operations: opening `name` below `directory` (openat(2) with `flags`) into a slot, whose old file is
  /// closed, and then the read. If the open fails, its errno is reaped with the tag `kOpening | tag`, and the read is
  /// not reaped. `name` must stay valid until then. \returns as queue_read().
  virtual bool queue_open_and_read(int directory, const char* name, int flags, unsigned place, const RingRead& read,
                                   std::uint64_t tag) = 0;
  static constexpr std::uint64_t kOpening = std::uint64_t{1} << 63;
  /// Closes the files in all slots.
  virtual void clear_places() = 0;
  /// Result of a read: bytes, or a negative errno.
  struct Reaped {
    std::uint64_t tag = 0;
    int result = 0;
    /// True if the kernel does not let this process submit (a seccomp filter). The read was not started; `result` is
    /// the reason.
    bool refused = false;
  };
  /// Submits the queued reads and waits until one has ended. Retries after interruptions and while the kernel's queues
  /// are full. If the kernel refuses for good, unsubmitted reads end with that errno; submitted reads are still waited
  /// for, because the kernel must not write to their memory later. \pre A queued read has not been reaped.
  virtual Reaped reap() = 0;
  /// True if the kernel has refused for good. The ring must not be used any more.
  [[nodiscard]] bool broken() const { return broken_ != 0; }
  /// System calls made so far.
  [[nodiscard]] std::uint64_t system_calls() const { return system_calls_; }

 protected:
  Ring() = default;
  std::uint64_t system_calls_ = 0;
  unsigned batch_ = 1;
  int broken_ = 0;  // errno of the final refusal; 0: none.
};

}  // namespace posixpar::sys
