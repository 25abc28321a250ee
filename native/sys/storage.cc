#include "native/sys/storage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <climits>
#include <limits>

#include "native/sys/block_device.h"
#include "native/sys/calls.h"
#include "native/sys/change_log.h"
#include "native/sys/file.h"
#include "native/sys/hooks.h"
#include "native/sys/platform.h"
#include "native/sys/statx.h"

#if POSIXPAR_LINUX
#include <sys/syscall.h>
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

namespace posixpar::sys {
namespace {

#if POSIXPAR_LINUX
constexpr int kOfDescriptor = AT_EMPTY_PATH;
#else
constexpr int kOfDescriptor = 0;
#endif

// cachestat(2).
struct CachestatRange {
  std::uint64_t offset;
  std::uint64_t length;
};

/// \returns 0, or -1 with errno set.
int raw_cachestat(int fd, const CachestatRange& range, CacheState& state) {
#if POSIXPAR_LINUX
  constexpr long kSysCachestat = 451;  // The same on all architectures except Alpha.
  return static_cast<int>(::syscall(kSysCachestat, fd, &range, &state, 0U));
#else
  (void)fd, (void)range, (void)state;
  errno = ENOSYS;
  return -1;
#endif
}

/// Calls posix_fadvise(2). \returns 0 or the error.
int raw_advise(int fd, off_t offset, off_t length, int advice, const std::string& path) {
  const auto fault = consult_faults(Op::fadvise, path);
  if (fault && fault->action == FaultAction::error) return static_cast<int>(fault->value);
#if POSIXPAR_LINUX
  // The function returns the error and does not set errno.
  return ::posix_fadvise(fd, offset, length, advice);
#else
  // On macOS, F_RDAHEAD applies to the whole descriptor, and no call drops pages.
  if (advice == POSIX_FADV_WILLNEED) {
    radvisory range{.ra_offset = offset, .ra_count = static_cast<int>(std::min<off_t>(length, INT_MAX))};
    return call_fcntl(fd, F_RDADVISE, &range, "") == -1 ? errno : 0;
  }
  if (advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_DONTNEED) return EINVAL;
  if (advice == POSIX_FADV_DONTNEED) return ENOTSUP;
  return call_fcntl(fd, F_RDAHEAD, advice == POSIX_FADV_RANDOM ? 0 : 1, "") == -1 ? errno : 0;
#endif
}

int raw_flush(int fd) {
#if POSIXPAR_LINUX
  return ::fdatasync(fd);
#else
  return ::fsync(fd);
#endif
}

Error unsupported(const char* op, int error_number, const std::string& path) {
  Error error = io_error(op, error_number, path);
  error.kind = ErrorKind::unsupported;
  return error;
}

bool power_of_two(std::uint32_t n) { return std::has_single_bit(n); }

}  // namespace

Result<DirectAlignment> direct_alignment(int fd, const std::string& path) {
  RawStatx raw{};
  if (raw_statx(fd, "", kOfDescriptor, kStatxDioAlign, raw, path) == 0 && (raw.mask & kStatxDioAlign) != 0) {
    const bool sane = power_of_two(raw.dio_memory_alignment) && power_of_two(raw.dio_offset_alignment);
    if (!sane) return DirectAlignment{.source = AlignmentSource::statx};
    return DirectAlignment{raw.dio_memory_alignment, raw.dio_offset_alignment, AlignmentSource::statx,
                           on_virtio(fd, path)};
  }
  struct statfs fs {};
  if (call_fstatfs(fd, fs, path) != 0) return io_error("fstatfs", errno, path);
  // Some network file systems report their transfer size (megabytes) as the block size.
  const auto block = std::clamp<std::int64_t>(static_cast<std::int64_t>(fs.f_bsize), 512, 65536);
  const std::uint32_t bytes = std::bit_ceil(static_cast<std::uint32_t>(block));
  return DirectAlignment{bytes, bytes, AlignmentSource::block_size, on_virtio(fd, path)};
}

Result<std::uint64_t> filesystem_magic(int fd, const std::string& path) {
  struct statfs fs {};
  if (call_fstatfs(fd, fs, path) != 0) return io_error("fstatfs", errno, path);
  // The magic number has 32 bits; some C libraries store it in a signed long.
  return std::uint64_t{static_cast<std::uint32_t>(fs.f_type)};
}

Result<CacheState> cache_state(int fd, std::uint64_t offset, std::uint64_t length, const std::string& path) {
  const CachestatRange range{offset, length};
  CacheState state;
  static_assert(sizeof state == 5 * sizeof(std::uint64_t));
  if (const auto fault = consult_faults(Op::cachestat, path, offset, length);
      fault && fault->action == FaultAction::error) {
    return unsupported("cachestat", static_cast<int>(fault->value), path);
  }
  if (raw_cachestat(fd, range, state) == 0) return state;
  // EPERM comes from a sandbox, or from a newer kernel for a file of another owner. EOPNOTSUPP comes from hugetlbfs.
  if (errno == ENOSYS || errno == EPERM || errno == EOPNOTSUPP) return unsupported("cachestat", errno, path);
  return io_error("cachestat", errno, path, offset, length);
}

Status resident_pages(const void* address, std::size_t length, std::span<unsigned char> pages,
                      const std::string& path) {
  const std::size_t needed = length / page_size() + (length % page_size() != 0 ? 1 : 0);
  if (pages.size() < needed) {
    return Error{.kind = ErrorKind::invalid, .op = "mincore", .path = path, .message = "one byte a page is needed"};
  }
  if (call_mincore(address, length, pages, path) != 0) return io_error("mincore", errno, path, 0, length);
  return {};
}

Status advise_file(int fd, std::uint64_t offset, std::uint64_t length, int advice, const std::string& path) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  if (offset > kLargest) return io_error("fadvise", EOVERFLOW, path, offset, length);
  const std::uint64_t bounded = std::min(length, kLargest - offset);
  const int error = raw_advise(fd, static_cast<off_t>(offset), static_cast<off_t>(bounded), advice, path);
  if (error != 0) return io_error("fadvise", error, path, offset, length);
  return {};
}

Status flush_file(int fd, const std::string& path) {
  log_file_change(Op::sync, fd);
  for (;;) {
    const auto fault = consult_faults(Op::sync, path);
    if (fault && fault->action == FaultAction::eintr) continue;
    if (fault && fault->action == FaultAction::error) {
      return io_error("fdatasync", static_cast<int>(fault->value), path);
    }
    if (raw_flush(fd) == 0) return {};
    if (errno != EINTR) return io_error("fdatasync", errno, path);
  }
}

Status advise_memory(void* address, std::size_t length, int advice) {
  if (call_madvise(address, length, advice) != 0) return io_error("madvise", errno, {}, 0, length);
  return {};
}

Status advise_huge_pages(void* address, std::size_t length) {
#if POSIXPAR_LINUX
  return advise_memory(address, length, MADV_HUGEPAGE);
#else
  (void)address;
  Error error = io_error("madvise", ENOTSUP, {}, 0, length);
  error.kind = ErrorKind::unsupported;
  return error;
#endif
}

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace posixpar::sys
