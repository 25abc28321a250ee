#include "native/sys/change_log.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>
#include <utility>

namespace posixpar::sys {
namespace detail {

std::atomic<bool> logs_changes{false};

}  // namespace detail

namespace {

struct Log {
  std::mutex mutex;
  std::vector<Change> changes;
};

Log& log() {
  static auto& it = *new Log;  // Never destroyed: pool threads may still use it at the end of the process.
  return it;
}

void append(Change change) {
  const std::scoped_lock lock(log().mutex);
  if (logs_changes()) log().changes.push_back(std::move(change));
}

/// Returns the absolute path of a name relative to `dir_fd`.
std::string absolute(int dir_fd, const char* path) {
  if (path[0] == '/' || dir_fd == AT_FDCWD) return path;
  const std::string link = "/proc/self/fd/" + std::to_string(dir_fd);
  std::string directory(PATH_MAX, '\0');
  const ssize_t length = ::readlink(link.c_str(), directory.data(), directory.size());
  directory.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return directory + "/" + path;
}

}  // namespace

void detail::log_file(Op op, int fd, std::uint64_t offset, std::span<const std::byte> bytes) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) return;
  append({.op = op, .inode = found.st_ino, .offset = offset, .bytes = {bytes.begin(), bytes.end()}});
}

void detail::log_name(Op op, int dir_fd, const char* path) {
  Change change{.op = op, .path = absolute(dir_fd, path)};
  struct stat found {};
  if (op != Op::unlink) {
    if (::fstatat(dir_fd, path, &found, AT_SYMLINK_NOFOLLOW) != 0) return;
    change.inode = found.st_ino;
  }
  append(std::move(change));
}

void detail::log_rename(int dir_fd, const char* from, const char* to, bool exchanges) {
  append({.op = Op::rename, .path = absolute(dir_fd, from), .to = absolute(dir_fd, to), .exchanges = exchanges});
}

void start_change_log() {
  const std::scoped_lock lock(log().mutex);
  log().changes.clear();
  detail::logs_changes.store(true, std::memory_order_relaxed);
}

std::vector<Change> end_change_log() {
  const std::scoped_lock lock(log().mutex);
  detail::logs_changes.store(false, std::memory_order_relaxed);
  return std::exchange(log().changes, {});
}

std::size_t logged_changes() {
  const std::scoped_lock lock(log().mutex);
  return log().changes.size();
}

}  // namespace posixpar::sys
