#pragma once
/// \file Opens, identifies and reads files. The functions retry after EINTR, add context to errors and apply injected
/// faults (native/sys/hooks.h). Code outside native/sys uses them instead of open, pread and fstat.
#include <sys/stat.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "native/base/result.h"
#include "native/sys/platform.h"  // O_DIRECT, for callers of open_at
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// Maximum number of bytes that Linux transfers per call (read(2), NOTES).
inline constexpr std::size_t kMaxTransfer = 0x7ffff000;

/// Identifies a file and its state.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint64_t links = 0;
  friend bool operator==(const FileId&, const FileId&) = default;

  [[nodiscard]] bool regular() const { return S_ISREG(mode); }
};

/// Returns an error of kind `io` with its context and the text of strerror. ESTALE is of kind `changed`, because the
/// file was removed or replaced on the server.
Error io_error(const char* op, int error_number, const std::string& path, std::uint64_t offset = 0,
               std::uint64_t length = 0);

/// openat(2) with O_CLOEXEC | O_RDONLY | `flags`. `dir_fd` may be AT_FDCWD.
/// \param context  the path that errors name; `path` may be relative to `dir_fd`.
Result<UniqueFd> open_at(int dir_fd, const char* path, int flags, const std::string& context);
Result<FileId> stat_fd(int fd, const std::string& path);
Result<FileId> stat_path(const std::string& path);

/// Specifies whether a read may wait for the storage.
enum class Wait : std::uint8_t { yes, no };

/// True for errors which mean that the kernel, the file system or a seccomp filter does not support preadv2 with
/// RWF_NOWAIT. EPERM is included, because some container run-times return it for unknown system calls, and a read
/// returns it for no other reason.
bool refuses_nowait(int error_number);

/// Result of one read call.
struct ReadOutcome {
  std::size_t bytes = 0;        ///< 0 at the end of the file, or if `would_block` or `nowait_refused`.
  bool would_block = false;     ///< The data is not in the page cache, and Wait::no was given (EAGAIN).
  bool nowait_refused = false;  ///< The file system (EOPNOTSUPP), the kernel or a sandbox does not support RWF_NOWAIT.
};

/// Makes one pread(2) or preadv2(2) call of at most kMaxTransfer bytes. Retries it after EINTR and, with Wait::yes, a
/// few times after EAGAIN. The read may be short. Makes no call if the length is 0. With Wait::no, the read is short if
/// only the first part of the range is in the page cache; the next read then reports `would_block`.
Result<ReadOutcome> pread_once(int fd, std::byte* into, std::size_t length, std::uint64_t offset, Wait wait,
                               const std::string& path);

/// Specifies whether pages that a read adds to the page cache stay there.
enum class Keep : std::uint8_t {
  yes,
  no,  ///< RWF_DONTCACHE (Linux 6.14) drops them at once. If it is not supported, reads fail.
};

/// Like pread_once, but reads into the pieces of `into` (at most IOV_MAX; more are ignored).
Result<ReadOutcome> preadv_once(int fd, std::span<const iovec> into, std::uint64_t offset, Wait wait,
                                const std::string& path, Keep keep = Keep::yes);

/// Reads `length` bytes, fewer only at the end of the file; returns the number of bytes read. May wait.
Result<std::size_t> pread_full(int fd, std::byte* into, std::size_t length, std::uint64_t offset,
                               const std::string& path);

}  // namespace posixpar::sys
