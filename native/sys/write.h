#pragma once
/// \file Creates, writes, renames and removes files. As in file.h, each system call has one wrapper, which retries
/// after EINTR, adds context to errors and applies injected faults.
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "native/base/result.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// Creates `path` for reading and writing: openat(2) with O_CREAT | O_EXCL | O_NOFOLLOW. The process's umask applies to
/// `mode`. \returns `io` with EEXIST if the path exists.
Result<UniqueFd> create_at(int dir_fd, const char* path, mode_t mode, const std::string& context);
/// Opens an existing file for reading and writing. \param flags  such as O_DIRECT.
Result<UniqueFd> open_for_writing(const std::string& path, int flags = 0);

/// Makes one pwrite(2) call of at most kMaxTransfer bytes; retries it after EINTR. The write may be short.
Result<std::size_t> pwrite_once(int fd, const std::byte* from, std::size_t length, std::uint64_t offset,
                                const std::string& path);
/// Writes all `length` bytes. Errors report the offset and length of the complete range. The errno is EIO if a call
/// writes no byte.
/// \param calls  counter to which the number of system calls is added.
Status pwrite_full(int fd, const std::byte* from, std::size_t length, std::uint64_t offset, const std::string& path,
                   std::uint64_t& calls);

/// Makes one copy_file_range(2) call of at most kMaxTransfer bytes; retries it after EINTR. The copy may be short.
/// \param path  the file that is written, for errors and faults.
/// \returns the number of bytes copied: 0 at the end of the source. `io` if the call fails, also because the kernel or
/// one of the file systems does not support it, or because the files are on different file systems.
Result<std::size_t> copy_range_once(int from, std::uint64_t from_offset, int to, std::uint64_t to_offset,
                                    std::size_t length, const std::string& path);

/// Allocates the space of the first `size` bytes, and makes the file at least that long (fallocate(2)). On file systems
/// that do not support it, only sets the size. \returns `io` with ENOSPC if the device is full.
Status allocate(int fd, std::uint64_t size, const std::string& path);
/// ftruncate(2).
Status resize(int fd, std::uint64_t size, const std::string& path);

/// Makes the names in a directory durable by fsync(2) of the directory. Ignores EINVAL, because some file systems do
/// not support this.
Status sync_directory(const std::string& path);

/// Specifies whether a rename may replace an existing file.
enum class Replace : std::uint8_t {
  no,
  yes,
  exchange,  ///< Both names must exist, and are exchanged. EINVAL if the file system does not support it.
};
/// renameat2(2). With Replace::no, check and rename are atomic (RENAME_NOREPLACE). If the file system does not support
/// this flag, a file is renamed by linkat(2) and unlinkat(2), and the rename of a directory fails.
/// \returns `io` with EEXIST if the new name exists and may not be replaced.
Status rename_at(int dir_fd, const char* from, const char* to, Replace replace, const std::string& context);
/// unlinkat(2). \returns `io` with ENOENT if there is no such file.
Status unlink_at(int dir_fd, const char* path, const std::string& context);
/// Removes an empty directory.
Status remove_directory(const std::string& path);
/// mkdirat(2). \returns `io` with EEXIST if the path exists.
Status make_directory_at(int dir_fd, const char* path, const std::string& context);

}  // namespace posixpar::sys
