#pragma once
/// \file Records the system calls that change files, for tests that simulate a power failure. While nothing is
/// recorded, this costs one relaxed load per call.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "native/base/generated/names.h"

namespace posixpar::sys {

/// One call that has changed a file or directory, or that synchronizes one.
struct Change {
  Op op = Op::create;
  std::string path{};              ///< Absolute path. Only set for create, mkdir, rename and unlink.
  std::string to{};                ///< Absolute new path of a rename.
  bool exchanges = false;          ///< True if a rename exchanged the two names.
  std::uint64_t inode = 0;         ///< Inode of the file or directory. Not set for rename and unlink.
  std::uint64_t offset = 0;        ///< Offset of the bytes of a pwrite, or size for fallocate and ftruncate.
  std::vector<std::byte> bytes{};  ///< Bytes of a pwrite.
};

/// Starts a new log. Thread-safe, as are the other functions.
void start_change_log();
/// Ends the log. \returns its changes. A call is logged when it has succeeded. Only `sync` calls are logged when they
/// begin, because they make durable only the changes before them.
std::vector<Change> end_change_log();
/// Number of changes in the log.
std::size_t logged_changes();

namespace detail {
extern std::atomic<bool> logs_changes;
void log_file(Op op, int fd, std::uint64_t offset, std::span<const std::byte> bytes);
void log_name(Op op, int dir_fd, const char* path);
void log_rename(int dir_fd, const char* from, const char* to, bool exchanges);
}  // namespace detail

inline bool logs_changes() { return detail::logs_changes.load(std::memory_order_relaxed); }

/// Logs a call about an open file or directory.
inline void log_file_change(Op op, int fd, std::uint64_t offset = 0, std::span<const std::byte> bytes = {}) {
  if (logs_changes()) [[unlikely]]
    detail::log_file(op, fd, offset, bytes);
}

/// Logs a call that created or removed a name.
inline void log_name_change(Op op, int dir_fd, const char* path) {
  if (logs_changes()) [[unlikely]]
    detail::log_name(op, dir_fd, path);
}

inline void log_rename(int dir_fd, const char* from, const char* to, bool exchanges) {
  if (logs_changes()) [[unlikely]]
    detail::log_rename(dir_fd, from, to, exchanges);
}

}  // namespace posixpar::sys
