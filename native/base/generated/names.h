#pragma once
/// \file Enumerations whose values are passed to or from JavaScript as text (names).
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace posixpar {

/// Kinds of native errors. They decide which error class the caller sees.
enum class ErrorKind : std::uint8_t {
  /// A system call failed; the error has its errno.
  io = 0,
  /// The file ends within the requested bytes.
  eof = 1,
  /// The file was replaced, truncated or modified since it was opened.
  changed = 2,
  /// A chunk could not be decoded.
  codec = 3,
  /// A value does not fit the output type.
  conversion = 4,
  /// A known feature that is not built in or not available on this machine.
  unsupported = 5,
  /// The path leads out of the directories in which files may be opened.
  refused = 6,
  /// An argument or a plan contradicts itself, because of a bug in the caller or a hostile file.
  invalid = 7,
  /// The cancel token was raised.
  cancelled = 8,
  /// The handle was closed.
  closed = 9,
  /// The working memory needed at once (`length` of the error, in bytes) exceeds the budget (`offset`, in bytes).
  memory = 10,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(ErrorKind) { return 11; }
inline constexpr std::string_view kErrorKindNames[] = {
    "io",
    "eof",
    "changed",
    "codec",
    "conversion",
    "unsupported",
    "refused",
    "invalid",
    "cancelled",
    "closed",
    "memory",
};
[[nodiscard]] constexpr std::string_view name_of(ErrorKind value) {
  return kErrorKindNames[static_cast<std::size_t>(value)];
}
/// Returns the enumerator with this name; nullopt if there is none.
[[nodiscard]] constexpr std::optional<ErrorKind> error_kind_from_name(std::string_view name) {
  for (std::size_t i = 0; i < count_of(ErrorKind{}); i++) {
    if (kErrorKindNames[i] == name) return static_cast<ErrorKind>(i);
  }
  return std::nullopt;
}

namespace sys {

/// System-call wrappers into which faults can be injected.
enum class Op : std::uint8_t {
  open = 0,
  /// Also reads by io_uring.
  pread = 1,
  /// By descriptor.
  fstat = 2,
  /// By path.
  stat = 3,
  mmap = 4,
  /// Fails like a kernel that lacks the call.
  cachestat = 5,
  /// fdatasync(2) and fsync(2), of files and directories.
  sync = 6,
  uring_setup = 7,
  uring_enter = 8,
  /// Opens a file again through /proc/self/fd; a fault for `open` also applies.
  reopen = 9,
  /// Reads with flags (RWF_NOWAIT, RWF_DONTCACHE); a fault for `pread` also applies.
  preadv2 = 10,
  statx = 11,
  lease = 12,
  uring_register = 13,
  openat2 = 14,
  /// Closes files, directories and rings; a fault can make it wait, but not fail.
  close = 15,
  /// Reads the entries of a directory.
  getdents = 16,
  /// By path or descriptor.
  statfs = 17,
  /// faccessat(2).
  access = 18,
  /// Also called by the resolution of a path.
  readlink = 19,
  getxattr = 20,
  /// Leases and flags of a descriptor.
  fcntl = 21,
  /// posix_fadvise(2).
  fadvise = 22,
  mincore = 23,
  madvise = 24,
  /// munmap(2); a fault can make it wait, but not fail.
  munmap = 25,
  /// mmap(2) of anonymous memory.
  mmap_anonymous = 26,
  lseek = 27,
  poll = 28,
  /// Open and read calls on files in /proc (list of mounts, statistics of threads).
  proc = 29,
  /// Signal of a broken lease; it can be late or, with the fault action `end`, lost.
  lease_signal = 30,
  /// openat(2) that creates a file, or opens one for writing.
  create = 31,
  /// Writes; the fault actions `shorten` and `end` apply to them as to reads.
  pwrite = 32,
  /// copy_file_range(2); the fault actions `shorten` and `end` apply to it.
  copy_range = 33,
  /// Allocates the space of a file.
  fallocate = 34,
  /// Sets the size of a file.
  ftruncate = 35,
  /// renameat2(2), and linkat(2) on file systems that do not support it.
  rename = 36,
  /// Removes a file or an empty directory.
  unlink = 37,
  /// Creates a directory.
  mkdir = 38,
  /// Matches every operation that changes files: create, pwrite, copy_range, fallocate, ftruncate, sync, rename,
  /// unlink, mkdir.
  change = 39,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Op) { return 40; }
inline constexpr std::string_view kOpNames[] = {
    "open",
    "pread",
    "fstat",
    "stat",
    "mmap",
    "cachestat",
    "sync",
    "uring_setup",
    "uring_enter",
    "reopen",
    "preadv2",
    "statx",
    "lease",
    "uring_register",
    "openat2",
    "close",
    "getdents",
    "statfs",
    "access",
    "readlink",
    "getxattr",
    "fcntl",
    "fadvise",
    "mincore",
    "madvise",
    "munmap",
    "mmap_anonymous",
    "lseek",
    "poll",
    "proc",
    "lease_signal",
    "create",
    "pwrite",
    "copy_range",
    "fallocate",
    "ftruncate",
    "rename",
    "unlink",
    "mkdir",
    "change",
};
[[nodiscard]] constexpr std::string_view name_of(Op value) {
  return kOpNames[static_cast<std::size_t>(value)];
}
/// Returns the enumerator with this name; nullopt if there is none.
[[nodiscard]] constexpr std::optional<Op> op_from_name(std::string_view name) {
  for (std::size_t i = 0; i < count_of(Op{}); i++) {
    if (kOpNames[i] == name) return static_cast<Op>(i);
  }
  return std::nullopt;
}

/// Effects of an injected fault.
enum class FaultAction : std::uint8_t {
  /// The call fails with errno `value`; the system call is not made.
  error = 0,
  /// A read or write transfers at most `value` bytes (at least 1; use `end` for 0).
  shorten = 1,
  /// A read or write transfers 0 bytes, as a read at the end of the file.
  end = 2,
  /// A read with RWF_NOWAIT fails with EAGAIN; other reads do not match.
  cold = 3,
  /// The call is interrupted before it has an effect; the wrapper must retry it.
  eintr = 4,
  /// The call sleeps `value` milliseconds first, then runs.
  delay = 5,
  /// The file of the call is truncated to `value` bytes first, then the call runs.
  truncate = 6,
  /// The call waits until the fault plans are replaced or cleared, then runs; it fails with ETIMEDOUT after `value`
  /// milliseconds; a read with RWF_NOWAIT fails with EAGAIN immediately.
  hold = 7,
  /// As `delay`; but a call that must not wait fails with EAGAIN (as it does if the storage is slow), and such a call
  /// is not counted.
  slow = 8,
  /// SIGKILL ends the process before the call is made.
  kill = 9,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(FaultAction) { return 10; }
inline constexpr std::string_view kFaultActionNames[] = {
    "error",
    "shorten",
    "end",
    "cold",
    "eintr",
    "delay",
    "truncate",
    "hold",
    "slow",
    "kill",
};
[[nodiscard]] constexpr std::string_view name_of(FaultAction value) {
  return kFaultActionNames[static_cast<std::size_t>(value)];
}
/// Returns the enumerator with this name; nullopt if there is none.
[[nodiscard]] constexpr std::optional<FaultAction> fault_action_from_name(std::string_view name) {
  for (std::size_t i = 0; i < count_of(FaultAction{}); i++) {
    if (kFaultActionNames[i] == name) return static_cast<FaultAction>(i);
  }
  return std::nullopt;
}

}  // namespace sys

namespace probe {

/// File access patterns of the threads of a probe.
enum class Pattern : std::uint8_t {
  /// read(2) at the position of one shared descriptor.
  read_shared = 0,
  /// A shared file position without a lock, as in read(2) before Linux 3.14; used as a control.
  unlocked_shared = 1,
  /// pread(2) on one shared descriptor.
  pread_shared = 2,
  /// pread(2) on a descriptor per thread.
  pread_own = 3,
  /// pread(2) on a file per thread.
  file_each = 4,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Pattern) { return 5; }
inline constexpr std::string_view kPatternNames[] = {
    "read_shared",
    "unlocked_shared",
    "pread_shared",
    "pread_own",
    "file_each",
};
[[nodiscard]] constexpr std::string_view name_of(Pattern value) {
  return kPatternNames[static_cast<std::size_t>(value)];
}
/// Returns the enumerator with this name; nullopt if there is none.
[[nodiscard]] constexpr std::optional<Pattern> pattern_from_name(std::string_view name) {
  for (std::size_t i = 0; i < count_of(Pattern{}); i++) {
    if (kPatternNames[i] == name) return static_cast<Pattern>(i);
  }
  return std::nullopt;
}

/// Orders in which a probe reads blocks.
enum class Order : std::uint8_t {
  sequential = 0,
  random = 1,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Order) { return 2; }
inline constexpr std::string_view kOrderNames[] = {
    "sequential",
    "random",
};
[[nodiscard]] constexpr std::string_view name_of(Order value) {
  return kOrderNames[static_cast<std::size_t>(value)];
}
/// Returns the enumerator with this name; nullopt if there is none.
[[nodiscard]] constexpr std::optional<Order> order_from_name(std::string_view name) {
  for (std::size_t i = 0; i < count_of(Order{}); i++) {
    if (kOrderNames[i] == name) return static_cast<Order>(i);
  }
  return std::nullopt;
}

/// Kinds of access of a probe: through the page cache, or direct.
enum class Access : std::uint8_t {
  buffered = 0,
  direct = 1,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Access) { return 2; }
inline constexpr std::string_view kAccessNames[] = {
    "buffered",
    "direct",
};
[[nodiscard]] constexpr std::string_view name_of(Access value) {
  return kAccessNames[static_cast<std::size_t>(value)];
}
/// Returns the enumerator with this name; nullopt if there is none.
[[nodiscard]] constexpr std::optional<Access> access_from_name(std::string_view name) {
  for (std::size_t i = 0; i < count_of(Access{}); i++) {
    if (kAccessNames[i] == name) return static_cast<Access>(i);
  }
  return std::nullopt;
}

/// Preparation of the page cache before a probe starts.
enum class Prepare : std::uint8_t {
  /// Leaves it as it is.
  keep = 0,
  /// Reads the region into it.
  warm = 1,
  /// Evicts the region.
  drop = 2,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Prepare) { return 3; }
inline constexpr std::string_view kPrepareNames[] = {
    "keep",
    "warm",
    "drop",
};
[[nodiscard]] constexpr std::string_view name_of(Prepare value) {
  return kPrepareNames[static_cast<std::size_t>(value)];
}
/// Returns the enumerator with this name; nullopt if there is none.
[[nodiscard]] constexpr std::optional<Prepare> prepare_from_name(std::string_view name) {
  for (std::size_t i = 0; i < count_of(Prepare{}); i++) {
    if (kPrepareNames[i] == name) return static_cast<Prepare>(i);
  }
  return std::nullopt;
}

/// Calls of fdatasync(2) by a probe that writes.
enum class Sync : std::uint8_t {
  /// No call.
  none = 0,
  /// One call per file, after the last write.
  end = 1,
  /// One call after each write.
  each = 2,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Sync) { return 3; }
inline constexpr std::string_view kSyncNames[] = {
    "none",
    "end",
    "each",
};
[[nodiscard]] constexpr std::string_view name_of(Sync value) {
  return kSyncNames[static_cast<std::size_t>(value)];
}
/// Returns the enumerator with this name; nullopt if there is none.
[[nodiscard]] constexpr std::optional<Sync> sync_from_name(std::string_view name) {
  for (std::size_t i = 0; i < count_of(Sync{}); i++) {
    if (kSyncNames[i] == name) return static_cast<Sync>(i);
  }
  return std::nullopt;
}

}  // namespace probe

}  // namespace posixpar
