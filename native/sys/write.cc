#include "native/sys/write.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "native/sys/change_log.h"
#include "native/sys/file.h"
#include "native/sys/retry.h"

namespace posixpar::sys {
namespace {

/// Makes a call that EINTR may interrupt, and repeats it after EINTR. Applies injected faults.
template <typename Call>
auto hooked(Op op, const std::string& path, Call call) -> decltype(call()) {
  return retry([&] { return consult_faults(op, path); }, call);
}

#if POSIXPAR_LINUX
ssize_t copy_range(int from, off_t from_offset, int to, off_t to_offset, std::size_t length) {
  off64_t source = from_offset;
  off64_t target = to_offset;
  return ::copy_file_range(from, &source, to, &target, length, 0);
}

int allocate_space(int fd, off_t size) { return ::fallocate(fd, 0, 0, size); }

int rename_exclusively(int dir_fd, const char* from, const char* to) {
  return ::renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE);
}

int exchange_names(int dir_fd, const char* from, const char* to) {
  return ::renameat2(dir_fd, from, dir_fd, to, RENAME_EXCHANGE);
}
#else
ssize_t copy_range(int, off_t, int, off_t, std::size_t) {
  errno = ENOSYS;
  return -1;
}

int allocate_space(int, off_t) {
  errno = EOPNOTSUPP;
  return -1;
}

int rename_exclusively(int dir_fd, const char* from, const char* to) {
  return ::renameatx_np(dir_fd, from, dir_fd, to, RENAME_EXCL);
}

int exchange_names(int dir_fd, const char* from, const char* to) {
  return ::renameatx_np(dir_fd, from, dir_fd, to, RENAME_SWAP);
}
#endif

/// True for errors which mean that the file system does not support the call.
bool is_unsupported(int error_number) {
  return error_number == EOPNOTSUPP || error_number == ENOSYS || error_number == EINVAL;
}

/// Logs bytes of a file that were written by the kernel, as if they had been written by pwrite(2).
void log_copied(int fd, std::uint64_t offset, std::size_t length, const std::string& path) {
  if (!logs_changes()) return;
  std::vector<std::byte> bytes(length);
  const auto got = pread_full(fd, bytes.data(), length, offset, path);
  if (got.ok()) log_file_change(Op::pwrite, fd, offset, std::span(bytes).first(*got));
}

}  // namespace

Result<UniqueFd> create_at(int dir_fd, const char* path, mode_t mode, const std::string& context) {
  constexpr int kFlags = O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  const int fd = hooked(Op::create, context, [&] { return ::openat(dir_fd, path, kFlags, mode); });
  if (fd < 0) return io_error("open", errno, context);
  log_name_change(Op::create, dir_fd, path);
  return UniqueFd(fd);
}

Result<UniqueFd> open_for_writing(const std::string& path, int flags) {
  // Uses O_NONBLOCK, because opening a FIFO could wait.
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NONBLOCK;
  const int fd = hooked(Op::create, path, [&] { return ::openat(AT_FDCWD, path.c_str(), kFlags | flags); });
  if (fd < 0) return io_error("open", errno, path);
  return UniqueFd(fd);
}

Result<std::size_t> pwrite_once(int fd, const std::byte* from, std::size_t length, std::uint64_t offset,
                                const std::string& path) {
  if (length == 0) return std::size_t{0};
  if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()) - kMaxTransfer) {
    return io_error("pwrite", EFBIG, path, offset, length);
  }
  std::size_t asked = std::min(length, kMaxTransfer);
  bool end = false;
  const auto faults = [&]() -> std::optional<Fault> {
    const auto fault = consult_faults(Op::pwrite, path, offset, length);
    if (fault && fault->action == FaultAction::end) end = true;
    if (fault && fault->action == FaultAction::shorten) {
      asked = std::max<std::size_t>(1, std::min<std::uint64_t>(fault->value, asked));
    }
    return fault;
  };
  const ssize_t wrote =
      retry(faults, [&]() -> ssize_t { return end ? 0 : ::pwrite(fd, from, asked, static_cast<off_t>(offset)); });
  if (wrote < 0) return io_error("pwrite", errno, path, offset, length);
  log_file_change(Op::pwrite, fd, offset, {from, static_cast<std::size_t>(wrote)});
  return static_cast<std::size_t>(wrote);
}

Status pwrite_full(int fd, const std::byte* from, std::size_t length, std::uint64_t offset, const std::string& path,
                   std::uint64_t& calls) {
  for (std::size_t done = 0; done < length;) {
    calls++;
    auto wrote = pwrite_once(fd, from + done, length - done, offset + done, path);
    if (wrote.ok() && *wrote == 0) wrote = io_error("pwrite", EIO, path);
    if (!wrote.ok()) {
      wrote.error().offset = offset;
      wrote.error().length = length;
      return std::move(wrote).error();
    }
    done += *wrote;
  }
  return {};
}

Result<std::size_t> copy_range_once(int from, std::uint64_t from_offset, int to, std::uint64_t to_offset,
                                    std::size_t length, const std::string& path) {
  constexpr std::uint64_t kMaxOffset = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()) - kMaxTransfer;
  if (length == 0) return std::size_t{0};
  if (from_offset > kMaxOffset || to_offset > kMaxOffset) {
    return io_error("copy_file_range", EFBIG, path, to_offset, length);
  }
  std::size_t asked = std::min(length, kMaxTransfer);
  bool end = false;
  const auto faults = [&]() -> std::optional<Fault> {
    const auto fault = consult_faults(Op::copy_range, path, to_offset, length);
    if (fault && fault->action == FaultAction::end) end = true;
    if (fault && fault->action == FaultAction::shorten) {
      asked = std::max<std::size_t>(1, std::min<std::uint64_t>(fault->value, asked));
    }
    return fault;
  };
  const ssize_t copied = retry(faults, [&]() -> ssize_t {
    return end ? 0 : copy_range(from, static_cast<off_t>(from_offset), to, static_cast<off_t>(to_offset), asked);
  });
  if (copied < 0) return io_error("copy_file_range", errno, path, to_offset, length);
  log_copied(to, to_offset, static_cast<std::size_t>(copied), path);
  return static_cast<std::size_t>(copied);
}

Status allocate(int fd, std::uint64_t size, const std::string& path) {
  if (size == 0) return {};
  if (size > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
    return io_error("fallocate", EFBIG, path, 0, size);
  }
  if (hooked(Op::fallocate, path, [&] { return allocate_space(fd, static_cast<off_t>(size)); }) == 0) {
    log_file_change(Op::fallocate, fd, size);
    return {};
  }
  if (is_unsupported(errno)) return resize(fd, size, path);
  return io_error("fallocate", errno, path, 0, size);
}

Status resize(int fd, std::uint64_t size, const std::string& path) {
  if (size > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
    return io_error("ftruncate", EFBIG, path, 0, size);
  }
  if (hooked(Op::ftruncate, path, [&] { return ::ftruncate(fd, static_cast<off_t>(size)); }) == 0) {
    log_file_change(Op::ftruncate, fd, size);
    return {};
  }
  return io_error("ftruncate", errno, path, 0, size);
}

Status sync_directory(const std::string& path) {
  auto fd = open_at(AT_FDCWD, path.c_str(), O_DIRECTORY, path);
  if (!fd.ok()) return std::move(fd).error();
  log_file_change(Op::sync, fd->get());
  if (hooked(Op::sync, path, [&] { return ::fsync(fd->get()); }) == 0 || errno == EINVAL) return {};
  return io_error("fsync", errno, path);
}

Status rename_at(int dir_fd, const char* from, const char* to, Replace replace, const std::string& context) {
  const bool exchanges = replace == Replace::exchange;
  const auto call = [&] {
    if (replace == Replace::no) return rename_exclusively(dir_fd, from, to);
    return exchanges ? exchange_names(dir_fd, from, to) : ::renameat(dir_fd, from, dir_fd, to);
  };
  if (hooked(Op::rename, context, call) == 0) {
    log_rename(dir_fd, from, to, exchanges);
    return {};
  }
  if (replace != Replace::no || !is_unsupported(errno)) return io_error("rename", errno, context);
  if (hooked(Op::rename, context, [&] { return ::linkat(dir_fd, from, dir_fd, to, 0); }) != 0) {
    return io_error("rename", errno, context);
  }
  log_name_change(Op::create, dir_fd, to);
  return unlink_at(dir_fd, from, context);
}

Status unlink_at(int dir_fd, const char* path, const std::string& context) {
  if (hooked(Op::unlink, context, [&] { return ::unlinkat(dir_fd, path, 0); }) != 0) {
    return io_error("unlink", errno, context);
  }
  log_name_change(Op::unlink, dir_fd, path);
  return {};
}

Status remove_directory(const std::string& path) {
  if (hooked(Op::unlink, path, [&] { return ::unlinkat(AT_FDCWD, path.c_str(), AT_REMOVEDIR); }) != 0) {
    return io_error("rmdir", errno, path);
  }
  log_name_change(Op::unlink, AT_FDCWD, path.c_str());
  return {};
}

Status make_directory_at(int dir_fd, const char* path, const std::string& context) {
  constexpr mode_t kMode = 0777;  // The kernel removes the bits of the umask.
  if (hooked(Op::mkdir, context, [&] { return ::mkdirat(dir_fd, path, kMode); }) != 0) {
    return io_error("mkdir", errno, context);
  }
  log_name_change(Op::mkdir, dir_fd, path);
  return {};
}

}  // namespace posixpar::sys
