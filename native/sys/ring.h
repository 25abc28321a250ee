#pragma once
/// \file An io_uring of one thread: reads are queued, submitted together and reaped one by one (io_uring(7)).
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "native/base/result.h"
#include "native/sys/file.h"

namespace posixpar::sys {

/// True if this process may use io_uring; determined once. \returns `unsupported`, with the reason in words: an old
/// kernel, a seccomp filter, the sysctl kernel.io_uring_disabled, or a build without liburing.
Status ring_available();

/// Options of a read through a ring.
struct RingRead {
  const iovec* pieces = nullptr;  ///< Must stay valid, like their memory, until the read is reaped.
  unsigned count = 0;
  std::uint64_t offset = 0;
  Keep keep = Keep::yes;
  Wait wait = Wait::yes;
};

/// A descriptor of the process, or a place for files of the ring's own.
struct RingFile {
  int number = -1;
  bool is_place = false;
};

/// Not thread-safe: each ring belongs to one thread.
class Ring {
 public:
  /// \returns `unsupported` or `io` when the kernel refuses.
  static Result<std::unique_ptr<Ring>> create(unsigned entries);
  virtual ~Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// Queues a vectored read. \returns false when the ring is full: reap first.
  virtual bool queue_read(RingFile file, const RingRead& read, std::uint64_t tag) = 0;

  /// Makes places for `count` files that have no descriptor in the process; once.
  /// \returns whether the kernel has such files (Linux 5.19).
  virtual bool make_places(unsigned count) = 0;
  /// Puts an open file in a place, in which reads find it without a look-up in the process's table.
  /// \returns whether the kernel did that; reads by descriptor are always possible.
  virtual bool fix_file(unsigned place, int fd) = 0;
  /// Has the kernel pin `memory` once, instead of for every read that goes there (io_uring_register_buffers(3)), until
  /// release_memory(). \returns whether it did: not beyond 1 GiB or RLIMIT_MEMLOCK; reads are possible anyway.
  virtual bool fix_memory(std::span<std::byte> memory) = 0;
  virtual void release_memory() = 0;
  /// Sets how many queued reads trigger a submission before completed reads are reaped. A small number keeps the
  /// storage busy, a large one saves system calls.
  void batch_by(unsigned reads) { batch_ = reads; }
  /// Queues opening `name` below `directory` (openat(2) with `flags`) in a place, whose old file is closed, and behind
  /// it the read. If the open fails, its errno is reaped as `kOpening | tag`, and the read is not reaped.
  /// `name` stays until the read is reaped. \returns as queue_read().
  virtual bool queue_open_and_read(int directory, const char* name, int flags, unsigned place, const RingRead& read,
                                   std::uint64_t tag) = 0;
  static constexpr std::uint64_t kOpening = std::uint64_t{1} << 63;
  /// Closes the files in all places.
  virtual void clear_places() = 0;
  /// Result of a read: bytes, or a negative errno.
  struct Reaped {
    std::uint64_t tag = 0;
    int result = 0;
    /// The kernel does not let this process submit (a seccomp filter): the read was not begun, and `result` says why.
    bool refused = false;
  };
  /// Submits what is queued and waits until a read has ended. Interruptions and full kernel queues are waited out. When
  /// the kernel refuses for good, reads that were not submitted end with that errno, and those that were are still
  /// waited for: nothing may write to their memory afterwards. \pre a read was queued that has not been reaped.
  virtual Reaped reap() = 0;
  /// The kernel refused for good: no further use.
  [[nodiscard]] bool broken() const { return broken_ != 0; }
  /// System calls made so far.
  [[nodiscard]] std::uint64_t system_calls() const { return system_calls_; }

 protected:
  Ring() = default;
  std::uint64_t system_calls_ = 0;
  unsigned batch_ = 1;
  int broken_ = 0;  // The errno.
};

}  // namespace posixpar::sys
