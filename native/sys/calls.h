#pragma once
/// \file Simple wrappers of system calls: each function applies injected faults (hooks.h), makes the call, repeats it
/// after EINTR (except for close, realpath, mmap and munmap), and returns its result; errno stays as the call has set
/// it. Calls that need a larger wrapper are in the file of that wrapper. test/layering.test.ts fails if code outside
/// native/sys makes one of these system calls.
#include <poll.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

struct statfs;

namespace posixpar::sys {

/// close(2). Never retried: on Linux the descriptor is closed even if close reports EINTR. May block, because a network
/// file system may have to send data to its server first.
void call_close(int fd);

/// fstat(2). `path` is for the test hook, as in the functions below.
int call_fstat(int fd, struct stat& into, const std::string& path);
/// stat(2).
int call_stat(const std::string& path, struct stat& into);
/// statfs(2).
int call_statfs(const std::string& path, struct statfs& into);
/// fstatfs(2).
int call_fstatfs(int fd, struct statfs& into, const std::string& path);
/// faccessat(2) with AT_EACCESS.
int call_access(const std::string& path, int mode);
/// readlink(2). \returns the length of the text, which is not terminated.
ssize_t call_readlink(const std::string& path, std::span<char> into);
/// realpath(3), which calls readlink(2) for each component. \returns memory from malloc, or null.
char* call_realpath(const std::string& path);
/// getxattr(2); returns 0 on systems other than Linux, which have no layout attributes.
ssize_t call_getxattr(const std::string& path, const char* name, std::span<std::byte> into);

/// open(2) of a file in /proc, for reading. \returns the descriptor.
int call_open_proc(const char* path);
/// pread(2) of a file in /proc: reads at most `into.size()` bytes at `offset`. \returns 0 at the end of the file.
ssize_t call_read_proc(int fd, std::span<char> into, std::uint64_t offset);

/// mmap(2) of a file for reading, shared. \returns MAP_FAILED on failure.
void* call_mmap(int fd, std::uint64_t offset, std::size_t length, const std::string& path);
/// mmap(2) of private anonymous memory. \returns MAP_FAILED on failure.
void* call_mmap_anonymous(std::size_t length);
/// munmap(2).
void call_munmap(void* address, std::size_t length);
/// madvise(2).
int call_madvise(void* address, std::size_t length, int advice);
/// mincore(2). Retried while the kernel is short of memory (EAGAIN).
int call_mincore(const void* address, std::size_t length, std::span<unsigned char> pages, const std::string& path);

/// fcntl(2) with an integer argument.
int call_fcntl(int fd, int command, int argument, const std::string& path);
/// fcntl(2) with a pointer argument.
int call_fcntl(int fd, int command, void* argument, const std::string& path);
/// lseek(2) from the start of the file.
std::int64_t call_lseek(int fd, std::uint64_t offset, const std::string& path);
/// poll(2) of one descriptor. \param timeout_ms  If 0, the call returns at once.
int call_poll(pollfd& one, int timeout_ms, const std::string& path);

}  // namespace posixpar::sys
