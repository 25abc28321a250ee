#pragma once
/// \file An open file with the properties that are found out about it, and an open directory.
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "native/base/result.h"
#include "native/sys/access.h"
#include "native/sys/file.h"
#include "native/sys/mapping.h"
#include "native/sys/roots.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// Time for which OpenFile::check_unchanged() relies on the last lookup of the path.
inline constexpr std::uint64_t kPathCheckNs = 20'000'000;

/// A file open for reading, shared by every read that uses it. Thread-safe.
class OpenFile {
 public:
  /// \param roots  roots through which the file was opened and its path is looked up again; null: none.
  OpenFile(UniqueFd fd, FileId id, std::string path, std::shared_ptr<const Roots> roots = nullptr)
      : fd_(std::move(fd)), id_(id), path_(std::move(path)), roots_(std::move(roots)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// State at the time of opening.
  [[nodiscard]] const FileId& id() const { return id_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const Roots* roots() const { return roots_.get(); }

  /// Cleared by the first read that finds that RWF_NOWAIT is not supported (ReadOutcome::nowait_refused).
  std::atomic<bool> nowait_ok{true};

  /// Returns the mapping of the whole file. It is created by the first call and kept. A mapping with a fault is
  /// replaced.
  Result<std::shared_ptr<Mapping>> mapping();

  /// Returns the descriptor for `access`. It is opened by the first call and kept.
  /// \returns as sys::reopen(). If a file system has rejected O_DIRECT once, it is not asked again.
  Result<int> descriptor(Access access);
  /// Alignment that O_DIRECT requires. Determined once.
  Result<DirectAlignment> alignment();

  /// True if mincore and cachestat tell the truth: the caller owns the file or may write it. Determined once.
  bool residency_visible();

  /// True if every page of a range is certainly in the page cache or being read into it. Makes one cachestat(2) call if
  /// the call is expected to be cheaper than `worth_ns`, otherwise returns false. The time of the call depends on the
  /// size of the file's folios, so it is estimated from earlier calls for this file.
  /// \param calls  is increased by the number of system calls.
  bool surely_cached(std::uint64_t offset, std::uint64_t length, std::uint64_t worth_ns, std::uint64_t& calls);

  /// Checks that the path still leads to this file and that the file is unmodified. If the path was looked up less than
  /// kPathCheckNs ago, makes only an fstat(2): replacing or unlinking a file changes its ctime and link count. If a
  /// directory or symbolic link above the file is exchanged, this is noticed up to kPathCheckNs later.
  /// \param calls  is increased by the number of system calls.
  /// \returns as revalidate().
  Status check_unchanged(std::uint64_t now_ns, std::uint64_t& calls);

  /// Looks up the path. If it still leads to this file, unmodified, notes this as note_path() does. May wait.
  /// \returns as revalidate().
  Status check_path(std::uint64_t now_ns, std::uint64_t& calls);
  /// Notes that the path led to this file at `now_ns`. The first call asks for the type of the file system. May wait.
  void note_path(std::uint64_t now_ns);
  /// True if the path was found unchanged less than kPathCheckNs before `now_ns`.
  [[nodiscard]] bool path_is_fresh(std::uint64_t now_ns) const {
    return now_ns - path_checked_ns_.load(std::memory_order_relaxed) < kPathCheckNs;
  }
  /// True if the size, times, mode, owner and link count of the open file are certainly those of id(). Cannot wait:
  /// calls statx with AT_STATX_DONT_SYNC, and only on file systems that answer from memory. Returns false for other
  /// file systems, and before the first note_path() or successful check_path(). \param calls  is increased by the
  /// number of system calls.
  bool surely_unchanged(std::uint64_t& calls);

  /// True if the file system keeps its files in memory (tmpfs, ramfs, hugetlbfs). Such a file system may reject
  /// RWF_NOWAIT, but never waits. Determined once.
  bool in_memory();

 private:
  UniqueFd fd_;
  FileId id_;
  std::string path_;
  std::shared_ptr<const Roots> roots_;
  std::mutex mutex_;  // Guards the next three members.
  std::shared_ptr<Mapping> mapping_;
  std::array<UniqueFd, kAccessKinds> descriptors_;
  std::optional<DirectAlignment> alignment_;
  std::atomic<int> residency_visible_{-1};
  /// Estimated time of cachestat(2) in picoseconds per page; 0 before the first call, kNoCachestat if it failed.
  std::atomic<std::uint64_t> cachestat_ps_{0};
  std::atomic<std::uint64_t> path_checked_ns_{0};
  std::atomic<int> in_memory_{-1};
  std::atomic<int> stats_at_once_{-1};
};

/// Checks that the file at `path` still has the device, inode, size and mtime of `expected`. Mode, owner and ctime may
/// differ, because a chmod or a new hard link changes no data.
/// \returns `changed` with the difference, also if the file no longer exists; `io` if stat(2) fails otherwise.
Status revalidate(const std::string& path, const FileId& expected, const Roots* roots = nullptr);
Status revalidate(const OpenFile& file, const FileId& expected);
/// Checks that the open file still has the size and mtime of `before`. The path may lead to another file by now, or to
/// none. \returns `changed` with the difference.
Status unmodified(int fd, const FileId& before, const std::string& path);

/// An open directory (O_PATH). Opening a child does not resolve the whole path again, and all children come from the
/// same directory, even if it is renamed in the meantime.
class Directory {
 public:
  /// \param roots  the directory and its children must be beneath one of these; null: anywhere.
  static Result<std::shared_ptr<Directory>> open(const std::string& path, std::shared_ptr<const Roots> roots = nullptr);
  /// \param device  device of the directory; 0 if it is not known.
  Directory(UniqueFd fd, std::string path, std::uint64_t device = 0, std::shared_ptr<const Roots> roots = nullptr)
      : fd_(std::move(fd)), path_(std::move(path)), device_(device), roots_(std::move(roots)) {}

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t device() const { return device_; }
  [[nodiscard]] const Roots* roots() const { return roots_.get(); }
  [[nodiscard]] std::string path_of(const std::string& name) const;
  /// See OpenFile::in_memory().
  bool in_memory();

  /// Opens `name` for reading. `name` is relative, may contain '/', and was checked by the caller. If the process has
  /// no descriptor left, closes files of FileCache and tries again. With roots, opens `name` beneath this directory,
  /// or, if a link leads out of the directory, the whole path beneath a root. \returns `io` with ENOENT if `name` does
  /// not exist.
  [[nodiscard]] Result<UniqueFd> open_child(const std::string& name, int flags = 0) const;

 private:
  UniqueFd fd_;
  std::string path_;
  std::uint64_t device_;
  std::shared_ptr<const Roots> roots_;
  std::atomic<int> in_memory_{-1};
};

}  // namespace posixpar::sys
