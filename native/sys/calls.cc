#include "native/sys/calls.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "native/sys/platform.h"
#include "native/sys/retry.h"

#if POSIXPAR_LINUX
#include <sys/vfs.h>
#include <sys/xattr.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

namespace posixpar::sys {
namespace {

#if POSIXPAR_LINUX
using PageEntry = unsigned char;
#else
using PageEntry = char;
#endif

/// Makes a call that EINTR may interrupt, and repeats it after EINTR. Applies injected faults.
template <typename Call>
auto hooked(Op op, const std::string& path, Call call) -> decltype(call()) {
  return retry([&] { return consult_faults(op, path); }, call);
}

/// Applies injected faults to a call that EINTR cannot interrupt. \returns true, with errno set, if the call must fail.
bool is_failed(Op op, const std::string& path, std::uint64_t offset = 0, std::uint64_t length = 0) {
  const auto fault = consult_faults(op, path, offset, length);
  if (!fault || fault->action != FaultAction::error) return false;
  errno = static_cast<int>(fault->value);
  return true;
}

}  // namespace

void call_close(int fd) {
  consult_faults(Op::close, "");  // A fault may delay or hold this call, but not make it fail.
  ::close(fd);
}

int call_fstat(int fd, struct stat& into, const std::string& path) {
  return hooked(Op::fstat, path, [&] { return ::fstat(fd, &into); });
}

int call_stat(const std::string& path, struct stat& into) {
  return hooked(Op::stat, path, [&] { return ::stat(path.c_str(), &into); });
}

int call_statfs(const std::string& path, struct statfs& into) {
  return hooked(Op::statfs, path, [&] { return ::statfs(path.c_str(), &into); });
}

int call_fstatfs(int fd, struct statfs& into, const std::string& path) {
  return hooked(Op::statfs, path, [&] { return ::fstatfs(fd, &into); });
}

int call_access(const std::string& path, int mode) {
  return hooked(Op::access, path, [&] { return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS); });
}

ssize_t call_readlink(const std::string& path, std::span<char> into) {
  return hooked(Op::readlink, path, [&] { return ::readlink(path.c_str(), into.data(), into.size()); });
}

char* call_realpath(const std::string& path) {
  if (is_failed(Op::readlink, path)) return nullptr;
  return ::realpath(path.c_str(), nullptr);
}

ssize_t call_getxattr(const std::string& path, const char* name, std::span<std::byte> into) {
#if POSIXPAR_LINUX
  return hooked(Op::getxattr, path, [&] { return ::getxattr(path.c_str(), name, into.data(), into.size()); });
#else
  (void)path, (void)name, (void)into;
  return 0;  // Only Lustre layouts are requested, and macOS has no Lustre.
#endif
}

int call_open_proc(const char* path) {
  return hooked(Op::proc, path, [&] { return ::open(path, O_RDONLY | O_CLOEXEC); });
}

ssize_t call_read_proc(int fd, std::span<char> into, std::uint64_t offset) {
  return hooked(Op::proc, "", [&] { return ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset)); });
}

void* call_mmap(int fd, std::uint64_t offset, std::size_t length, const std::string& path) {
  if (is_failed(Op::mmap, path, offset, length)) return MAP_FAILED;
  return ::mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(offset));
}

void* call_mmap_anonymous(std::size_t length) {
  if (is_failed(Op::mmap_anonymous, "")) return MAP_FAILED;
  return ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

void call_munmap(void* address, std::size_t length) {
  consult_faults(Op::munmap, "");  // A fault may delay or hold this call, but not make it fail.
  ::munmap(address, length);
}

int call_madvise(void* address, std::size_t length, int advice) {
  return hooked(Op::madvise, "", [&] { return ::madvise(address, length, advice); });
}

int call_mincore(const void* address, std::size_t length, std::span<unsigned char> pages, const std::string& path) {
  // mincore(2) takes a pointer to non-const but does not write through it.
  auto* const memory = const_cast<void*>(address);
  auto* const entries = reinterpret_cast<PageEntry*>(pages.data());
  for (;;) {
    const int result = hooked(Op::mincore, path, [&] { return ::mincore(memory, length, entries); });
    if (result == 0 || errno != EAGAIN) return result;
  }
}

int call_fcntl(int fd, int command, int argument, const std::string& path) {
  return hooked(Op::fcntl, path, [&] { return ::fcntl(fd, command, argument); });
}

int call_fcntl(int fd, int command, void* argument, const std::string& path) {
  return hooked(Op::fcntl, path, [&] { return ::fcntl(fd, command, argument); });
}

std::int64_t call_lseek(int fd, std::uint64_t offset, const std::string& path) {
  return hooked(Op::lseek, path, [&] { return std::int64_t{::lseek(fd, static_cast<off_t>(offset), SEEK_SET)}; });
}

int call_poll(pollfd& one, int timeout_ms, const std::string& path) {
  return hooked(Op::poll, path, [&] { return ::poll(&one, 1, timeout_ms); });
}

}  // namespace posixpar::sys
