#include "native/sys/file.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>

#include "native/sys/calls.h"
#include "native/sys/clock.h"
#include "native/sys/hooks.h"
#include "native/sys/retry.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif
#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE 0x00000080
#endif

namespace posixpar::sys {
namespace {

/// Maximum number of retries after EAGAIN for a read that may wait.
constexpr int kPatience = 3;
constexpr std::uint64_t kPauseNs = 1'000'000;

std::int64_t nanoseconds(const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

#if POSIXPAR_LINUX
timespec modified(const struct stat& s) { return s.st_mtim; }
timespec changed(const struct stat& s) { return s.st_ctim; }
#else
timespec modified(const struct stat& s) { return s.st_mtimespec; }
timespec changed(const struct stat& s) { return s.st_ctimespec; }
#endif

/// Calls preadv2(2). If the system does not have it, calls with flags fail with EOPNOTSUPP, as they do on a file system
/// that does not support the flags.
ssize_t read_with_flags(int fd, std::span<const iovec> pieces, off_t position, int flags, const std::string& path) {
  const bool may_wait = (flags & RWF_NOWAIT) == 0;
  if (const auto fault = consult_faults(Op::preadv2, path, 0, 0, may_wait);
      fault && fault->action == FaultAction::error) {
    errno = static_cast<int>(fault->value);
    return -1;
  }
#if POSIXPAR_LINUX
  return ::preadv2(fd, pieces.data(), static_cast<int>(pieces.size()), position, flags);
#else
  (void)fd, (void)pieces, (void)position, (void)flags;
  errno = EOPNOTSUPP;
  return -1;
#endif
}

/// openat(2). On macOS, O_DIRECT is not a flag of open but a setting of the descriptor.
int open_descriptor(int dir_fd, const char* path, int flags) {
#if POSIXPAR_LINUX
  return ::openat(dir_fd, path, flags);
#else
  const int fd = ::openat(dir_fd, path, flags & ~O_DIRECT);
  if (fd >= 0 && (flags & O_DIRECT) != 0 && call_fcntl(fd, F_NOCACHE, 1, path) != 0) {
    const int error_number = errno;
    call_close(fd);
    errno = error_number;
    return -1;
  }
  return fd;
#endif
}

FileId file_id(const struct stat& s) {
  return {.device = static_cast<std::uint64_t>(s.st_dev),
          .inode = s.st_ino,
          .size = static_cast<std::uint64_t>(std::max<off_t>(s.st_size, 0)),
          .mtime_ns = nanoseconds(modified(s)),
          .ctime_ns = nanoseconds(changed(s)),
          .mode = s.st_mode,
          .uid = s.st_uid,
          .links = s.st_nlink};
}

Result<ReadOutcome> read_outcome(ssize_t got, Wait wait, const std::string& path, std::uint64_t offset,
                                 std::size_t length) {
  if (got >= 0) return ReadOutcome{.bytes = static_cast<std::size_t>(got)};
  const int error_number = errno;
  if (wait == Wait::no) {
    if (error_number == EAGAIN) return ReadOutcome{.would_block = true};
    if (refuses_nowait(error_number)) return ReadOutcome{.nowait_refused = true};
  }
  return io_error("pread", error_number, path, offset, length);
}

/// True if a read of kMaxTransfer bytes at `offset` does not exceed the largest file offset.
bool fits_offset(std::uint64_t offset) {
  return offset <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - kMaxTransfer;
}

/// Makes one read call for `pieces`, whose total length is `length` <= kMaxTransfer. A fault may shorten `pieces`.
ssize_t read_pieces(int fd, std::span<iovec> pieces, std::size_t length, std::uint64_t offset, Wait wait,
                    const std::string& path, Keep keep = Keep::yes) {
  bool end = false;
  const auto faults = [&]() -> std::optional<Fault> {
    const auto fault = consult_faults(Op::pread, path, offset, length, wait == Wait::yes);
    if (fault && fault->action == FaultAction::cold) return Fault{FaultAction::error, EAGAIN};
    if (fault && fault->action == FaultAction::end) end = true;
    if (fault && fault->action == FaultAction::shorten) {
      std::size_t left = std::max<std::size_t>(1, std::min<std::uint64_t>(fault->value, length));
      for (iovec& piece : pieces) {
        piece.iov_len = std::min(piece.iov_len, left);
        left -= piece.iov_len;
      }
    }
    return fault;
  };
  const auto call = [&]() -> ssize_t {
    if (end) return 0;
    const auto position = static_cast<off_t>(offset);
    const int flags = (wait == Wait::no ? RWF_NOWAIT : 0) | (keep == Keep::no ? RWF_DONTCACHE : 0);
    if (flags != 0) return read_with_flags(fd, pieces, position, flags, path);
    if (pieces.size() == 1) return ::pread(fd, pieces[0].iov_base, pieces[0].iov_len, position);
    return ::preadv(fd, pieces.data(), static_cast<int>(pieces.size()), position);
  };
  // Files are opened with O_NONBLOCK, because opening a FIFO would wait for a writer. Some file systems (FUSE) apply
  // this flag to regular files, too. Reads of such files may return EAGAIN, so the read is repeated.
  ssize_t got = retry(faults, call);
  for (int tries = 0; got < 0 && errno == EAGAIN && wait == Wait::yes && tries < kPatience; tries++) {
    pause_ns(kPauseNs);
    got = retry(faults, call);
  }
  return got;
}

// There are two versions of strerror_r. The GNU version returns the text, which may be outside the buffer; the POSIX
// version (musl, macOS) returns an error number.
[[maybe_unused]] const char* words_of(const char* words, const char* /*buffer*/) { return words; }
[[maybe_unused]] const char* words_of(int failed, const char* buffer) { return failed == 0 ? buffer : "unknown error"; }

}  // namespace

bool refuses_nowait(int error_number) {
  return error_number == EOPNOTSUPP || error_number == ENOSYS || error_number == EPERM || error_number == EINVAL;
}

Error io_error(const char* op, int error_number, const std::string& path, std::uint64_t offset, std::uint64_t length) {
  char buffer[128];
  const char* words = words_of(strerror_r(error_number, buffer, sizeof buffer), buffer);
  return {.kind = error_number == ESTALE ? ErrorKind::changed : ErrorKind::io,
          .op = op,
          .sys_errno = error_number,
          .path = path,
          .offset = offset,
          .length = length,
          .message = words};
}

Result<UniqueFd> open_at(int dir_fd, const char* path, int flags, const std::string& context) {
  const int fd = retry([&] { return consult_faults(Op::open, context); },
                       [&] { return open_descriptor(dir_fd, path, O_RDONLY | O_CLOEXEC | flags); });
  if (fd < 0) return io_error("open", errno, context);
  return UniqueFd(fd);
}

Result<FileId> stat_fd(int fd, const std::string& path) {
  struct stat s {};
  if (call_fstat(fd, s, path) < 0) return io_error("fstat", errno, path);
  return file_id(s);
}

Result<FileId> stat_path(const std::string& path) {
  struct stat s {};
  if (call_stat(path, s) < 0) return io_error("stat", errno, path);
  return file_id(s);
}

Result<ReadOutcome> pread_once(int fd, std::byte* into, std::size_t length, std::uint64_t offset, Wait wait,
                               const std::string& path) {
  if (length == 0) return ReadOutcome{};
  if (!fits_offset(offset)) return io_error("pread", EOVERFLOW, path, offset, length);
  iovec piece{.iov_base = into, .iov_len = std::min(length, kMaxTransfer)};
  const std::size_t asked = piece.iov_len;
  return read_outcome(read_pieces(fd, {&piece, 1}, asked, offset, wait, path), wait, path, offset, asked);
}

Result<ReadOutcome> preadv_once(int fd, std::span<const iovec> into, std::uint64_t offset, Wait wait,
                                const std::string& path, Keep keep) {
  iovec pieces[IOV_MAX];
  std::size_t count = 0;
  std::size_t length = 0;
  for (const iovec& piece : into.first(std::min<std::size_t>(into.size(), IOV_MAX))) {
    const std::size_t take = std::min(piece.iov_len, kMaxTransfer - length);
    if (take == 0) continue;
    pieces[count++] = {.iov_base = piece.iov_base, .iov_len = take};
    length += take;
    if (take < piece.iov_len) break;
  }
  if (length == 0) return ReadOutcome{};
  if (!fits_offset(offset)) return io_error("pread", EOVERFLOW, path, offset, length);
  return read_outcome(read_pieces(fd, {pieces, count}, length, offset, wait, path, keep), wait, path, offset, length);
}

Result<std::size_t> pread_full(int fd, std::byte* into, std::size_t length, std::uint64_t offset,
                               const std::string& path) {
  std::size_t done = 0;
  while (done < length) {
    auto got = pread_once(fd, into + done, length - done, offset + done, Wait::yes, path);
    if (!got.ok()) return std::move(got).error();
    if (got->bytes == 0) break;
    done += got->bytes;
  }
  return done;
}

}  // namespace posixpar::sys
