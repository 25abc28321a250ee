#include "native/sys/ring.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <iterator>
#include <mutex>
#include <vector>

#include "native/sys/clock.h"
#include "native/sys/hooks.h"

#ifdef POSIXPAR_HAVE_LIBURING
#include <liburing.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif
#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE 0x00000080
#endif
#endif

namespace posixpar::sys {
namespace {

Error unavailable(int error_number, std::string words) {
  Error error;
  error.kind = ErrorKind::unsupported;
  error.op = "io_uring_setup";
  error.sys_errno = error_number;
  error.message = std::move(words);
  return error;
}

#ifdef POSIXPAR_HAVE_LIBURING

/// Returns the reason why the kernel rejects io_uring, for error messages. EPERM may come from a seccomp filter of a
/// container or from the sysctl kernel.io_uring_disabled.
std::string why(int error_number) {
  if (error_number == ENOSYS) return "the kernel has no io_uring (ENOSYS)";
  if (error_number == EPERM)
    return "io_uring is forbidden here: by a seccomp filter or kernel.io_uring_disabled (EPERM)";
  if (error_number == ENOMEM) return "io_uring may lock no more memory (ENOMEM, RLIMIT_MEMLOCK)";
  return std::string("io_uring was refused: ") + io_error("", error_number, "").message;
}

/// True for errors which mean that a sandbox or an old kernel rejects every submission. EAGAIN and EBUSY are only
/// passed here after many retries: the kernel has lacked memory for so long that it is useless to wait.
bool is_refusal(int error_number) {
  return error_number == EPERM || error_number == EACCES || error_number == ENOSYS || error_number == EAGAIN ||
         error_number == EBUSY;
}

/// Maximum number of consecutive submissions that fail with EAGAIN or EBUSY. The pauses in between add up to two
/// seconds.
constexpr unsigned kMaxStalls = 10'000;
/// Maximum number of such submissions in try_to_submit().
constexpr unsigned kMaxFirstStalls = 100;

/// \returns false if a test refuses io_uring_register(2).
bool may_register() { return !consult_faults(Op::uring_register, ""); }

class LinuxRing final : public Ring {
 public:
  LinuxRing() = default;
  ~LinuxRing() override {
    if (!open_) return;
    consult_faults(Op::close, "");  // A fault may delay or hold this call, but not make it fail.
    io_uring_queue_exit(&ring_);
  }
  LinuxRing(const LinuxRing&) = delete;
  LinuxRing& operator=(const LinuxRing&) = delete;

  int open(unsigned entries) {
    if (const auto fault = consult_faults(Op::uring_setup, "")) {
      if (fault->action == FaultAction::error) return static_cast<int>(fault->value);
    }
    const int refused = io_uring_queue_init(entries, &ring_, 0);
    open_ = refused == 0;
    return -refused;
  }

  bool queue_read(RingFile file, const RingRead& read, std::uint64_t tag) override {
    if (broken_ == 0 && io_uring_sq_space_left(&ring_) < 1) return false;
    if (broken_ == 0) prepare_read(file, read, tag);
    queued_.push_back(tag);
    return true;
  }

  bool make_places(unsigned count) override {
    if (places_ >= count) return true;
    // Without this feature, every successful open would have a completion, too.
    if ((ring_.features & IORING_FEAT_CQE_SKIP) == 0 || places_ != 0) return false;
    system_calls_++;
    if (!may_register()) return false;
    if (io_uring_register_files_sparse(&ring_, count) != 0) return false;
    places_ = count;
    return true;
  }

  bool queue_open_and_read(int directory, const char* name, int flags, unsigned place, const RingRead& read,
                           std::uint64_t tag) override {
    if (broken_ == 0 && io_uring_sq_space_left(&ring_) < 2) return false;
    if (broken_ == 0) {
      io_uring_sqe* entry = io_uring_get_sqe(&ring_);
      io_uring_prep_openat_direct(entry, directory, name, flags, 0, place);
      io_uring_sqe_set_flags(entry, IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS);
      io_uring_sqe_set_data64(entry, kOpening | tag);
      prepare_read({static_cast<int>(place), true}, read, tag);
      used_ = std::max(used_, place + 1);
    }
    queued_.push_back(kOpening | tag);
    queued_.push_back(tag);
    return true;
  }

  bool fix_file(unsigned place, int fd) override {
    if (place >= places_) return false;
    system_calls_++;
    if (!may_register() || io_uring_register_files_update(&ring_, place, &fd, 1) != 1) return false;
    used_ = std::max(used_, place + 1);
    return true;
  }

  bool fix_memory(std::span<std::byte> memory) override {
    constexpr std::size_t kMost = std::size_t{1} << 30;
    if (memory.empty() || memory.size() > kMost || !fixed_.empty()) return false;
    const iovec piece{memory.data(), memory.size()};
    system_calls_++;
    if (!may_register() || io_uring_register_buffers(&ring_, &piece, 1) != 0) return false;
    fixed_ = memory;
    return true;
  }

  void release_memory() override {
    if (fixed_.empty()) return;
    system_calls_++;
    io_uring_unregister_buffers(&ring_);
    fixed_ = {};
  }

  void clear_places() override {
    if (used_ == 0) return;
    const std::vector<int> none(used_, -1);
    system_calls_++;
    io_uring_register_files_update(&ring_, 0, none.data(), used_);
    used_ = 0;
  }

  Reaped reap() override {
    io_uring_cqe* entry = nullptr;
    for (;;) {
      if (broken_ != 0 && !queued_.empty()) {
        const Reaped refused{queued_.front(), -broken_, is_refusal(broken_)};
        queued_.pop_front();
        if ((refused.tag & kOpening) != 0) queued_.pop_front();  // The read of a failed open has no completion.
        return refused;
      }
      // Reaps completions before it submits reads, so that more reads are queued and one call submits them together.
      const bool few = queued_.size() < batch_;
      if ((few || broken_ != 0) && io_uring_peek_cqe(&ring_, &entry) == 0) return take(entry);
      if (broken_ != 0) {
        pause();
        continue;
      }
      const int got = enter();
      if (got >= 0) stalls_ = 0;
      if (got > 0) queued_.erase(queued_.begin(), queued_.begin() + std::min<std::ptrdiff_t>(got, std::ssize(queued_)));
      if (io_uring_peek_cqe(&ring_, &entry) == 0) return take(entry);
      if (got >= 0 || got == -EINTR) continue;
      // The kernel is short of memory or its queues are full. Waits until other reads of the machine have ended, and
      // tries again. The number of retries is limited, because a kernel or a sandbox may return this error forever.
      if ((got == -EAGAIN || got == -EBUSY) && ++stalls_ < kMaxStalls)
        pause();
      else
        broken_ = -got;
    }
  }

  /// Submits a request without effect. \returns 0, or the errno with which the kernel rejects submissions.
  int try_to_submit() {
    io_uring_prep_nop(io_uring_get_sqe(&ring_));
    for (unsigned stalls = 0;;) {
      const int got = enter();
      if (got >= 0) return 0;
      if (got == -EINTR) continue;
      if ((got != -EAGAIN && got != -EBUSY) || ++stalls == kMaxFirstStalls) return -got;
      pause();
    }
  }

 private:
  /// \returns how many entries were submitted, or a negative errno.
  int enter() {
    if (const auto fault = consult_faults(Op::uring_enter, "")) {
      if (fault->action == FaultAction::error) return -static_cast<int>(fault->value);
    }
    system_calls_++;
    return io_uring_submit_and_wait(&ring_, 1);
  }

  void prepare_read(RingFile file, const RingRead& read, std::uint64_t tag) {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    const iovec& first = *read.pieces;
    if (read.count == 1 && is_fixed(first)) {
      const auto length = static_cast<unsigned>(first.iov_len);  // At most kMaxTransfer.
      io_uring_prep_read_fixed(entry, file.number, first.iov_base, length, read.offset, 0);
    } else {
      io_uring_prep_readv(entry, file.number, read.pieces, read.count, read.offset);
    }
    entry->rw_flags = (read.keep == Keep::no ? RWF_DONTCACHE : 0) | (read.wait == Wait::no ? RWF_NOWAIT : 0);
    if (file.is_place) io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
    io_uring_sqe_set_data64(entry, tag);
  }

  [[nodiscard]] bool is_fixed(const iovec& piece) const {
    const auto* const begin = static_cast<const std::byte*>(piece.iov_base);
    return !fixed_.empty() && begin >= fixed_.data() && piece.iov_len <= fixed_.size() &&
           static_cast<std::size_t>(begin - fixed_.data()) <= fixed_.size() - piece.iov_len;
  }

  static void pause() { pause_ns(200'000); }

  Reaped take(io_uring_cqe* entry) {
    const Reaped reaped{io_uring_cqe_get_data64(entry), entry->res, false};
    io_uring_cqe_seen(&ring_, entry);
    stalls_ = 0;
    return reaped;
  }

  io_uring ring_{};
  bool open_ = false;
  unsigned stalls_ = 0;  // Number of consecutive submissions for which the kernel had no room.
  unsigned places_ = 0;
  unsigned used_ = 0;                 // Places [0, used_) may hold a file; the others are empty.
  std::span<std::byte> fixed_;        // Memory of fix_memory(), which the kernel has pinned.
  std::deque<std::uint64_t> queued_;  // Tags of entries that are not submitted yet, in order.
};

#endif

}  // namespace

Result<std::unique_ptr<Ring>> Ring::create(unsigned entries) {
#ifdef POSIXPAR_HAVE_LIBURING
  auto ring = std::make_unique<LinuxRing>();
  const int error_number = ring->open(entries);
  if (error_number != 0) return unavailable(error_number, why(error_number));
  return std::unique_ptr<Ring>(std::move(ring));
#else
  (void)entries;
  return unavailable(ENOSYS, "this build has no liburing");
#endif
}

namespace {

/// Sets up a ring and submits to it, because a sandbox may reject only one of the two system calls.
Status try_ring() {
#ifdef POSIXPAR_HAVE_LIBURING
  LinuxRing ring;
  int error_number = ring.open(2);
  if (error_number == 0) error_number = ring.try_to_submit();
  return error_number == 0 ? Status() : unavailable(error_number, why(error_number));
#else
  return Ring::create(2).error();
#endif
}

}  // namespace

Status ring_available() {
  static std::once_flag asked;
  static Status* answer = nullptr;  // Never destroyed, because threads may call this function while the process ends.
  std::call_once(asked, [] {
    auto status = try_ring();
    answer = new Status(std::move(status));  // NOLINT(cppcoreguidelines-owning-memory)
  });
  return *answer;
}

}  // namespace posixpar::sys
