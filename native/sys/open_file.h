#pragma once
/// \file An open file, and an open directory. Both keep facts about themselves, so that each fact is determined only
/// once.
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
  /// \param roots  directories to which `path` is confined when it is looked up again; null if it is not confined.
  OpenFile(UniqueFd fd, FileId id, std::string path, std::shared_ptr<const Roots> roots = nullptr)
      : fd_(std::move(fd)), id_(id), path_(std::move(path)), roots_(std::move(roots)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// State at the time of opening.
  [[nodiscard]] const FileId& id() const { return id_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const Roots* roots() const { return roots_.get(); }

  /// Set to false by the first read that finds that RWF_NOWAIT is not supported (ReadOutcome::nowait_refused).
  std::atomic<bool> nowait_ok{true};

  /// Returns a mapping of the complete file. The first call creates it; later calls return it again. A mapping with a
  /// fault is replaced.
  Result<std::shared_ptr<Mapping>> mapping();
  /// Returns the mapping if mapping() has created it and it has no fault, else null. Cannot wait: also returns null
  /// while another thread changes this object.
  std::shared_ptr<Mapping> existing_mapping();

  /// Returns a descriptor that is open for `access`. The first call opens it; later calls return it again.
  /// \returns the same errors as sys::reopen(). If a file system has rejected O_DIRECT once, later calls that need
  /// O_DIRECT on any of its files fail at once.
  Result<int> descriptor(Access access);
  /// Alignment that O_DIRECT requires. Determined once.
  Result<DirectAlignment> alignment();

  /// True if mincore and cachestat report the real residency: the caller owns the file or may write it. Determined
  /// once.
  bool residency_visible();

  /// Checks that the path still leads to this file and that the file is unmodified. If the path was looked up less than
  /// kPathCheckNs ago, calls fstat(2) first, and does not look up the path again if the result is the same as id(). The
  /// fstat(2) finds that the file was replaced or unlinked, because its ctime and link count have changed. But if a
  /// directory or a symbolic link of the path was replaced, this is noticed up to kPathCheckNs later.
  /// \param now_ns  time on the monotonic clock, as in the functions below.
  /// \param calls  is increased by the number of system calls.
  /// \returns the same errors as revalidate().
  Status check_unchanged(std::uint64_t now_ns, std::uint64_t& calls);

  /// Looks up the path. If it still leads to this file and the file is unmodified, calls note_path(). May wait.
  /// \returns the same errors as revalidate().
  Status check_path(std::uint64_t now_ns, std::uint64_t& calls);
  /// Records that the path led to this file at `now_ns`. The first call also finds out the type of the file system,
  /// which surely_unchanged() needs. May wait.
  void note_path(std::uint64_t now_ns);
  /// True if the path was found unchanged less than kPathCheckNs before `now_ns`.
  [[nodiscard]] bool path_is_fresh(std::uint64_t now_ns) const {
    return now_ns - path_checked_ns_.load(std::memory_order_relaxed) < kPathCheckNs;
  }
  /// True if size, times, mode, owner and link count of the open file are certainly the same as in id(). Cannot wait:
  /// calls statx with AT_STATX_DONT_SYNC, and only on file systems that answer this call from memory. Returns false for
  /// other file systems, and before the first note_path() or successful check_path().
  /// \param calls  counter to which the number of system calls is added.
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
  std::atomic<std::uint64_t> path_checked_ns_{0};
  std::atomic<int> in_memory_{-1};
  std::atomic<int> stats_at_once_{-1};
};

/// Checks that the file at `path` still has the device, inode, size and mtime of `expected`. Mode, owner and ctime may
/// differ, because a chmod or a new hard link changes no data.
/// \returns `changed` with the difference, also if the file no longer exists; `io` if stat(2) fails otherwise.
Status revalidate(const std::string& path, const FileId& expected, const Roots* roots = nullptr);
Status revalidate(const OpenFile& file, const FileId& expected);
/// Checks that the open file still has the size and mtime of `before`. It does not matter whether `path` still leads to
/// it. \returns `changed` with the difference.
Status unmodified(int fd, const FileId& before, const std::string& path);

/// An open directory (O_PATH). Opening a file in it does not resolve the path of the directory again. So all files come
/// from the same directory, even if it is renamed.
class Directory {
 public:
  /// \param roots  directories to which this directory and its files are confined; null if they are not confined.
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

  /// Opens `name` for reading. If the process has no descriptor left, closes files of FileCache and tries again. With
  /// roots, first tries to open `name` confined to this directory. If this fails although `name` exists, for example
  /// because a symbolic link leads out of the directory, opens the complete path confined to the roots.
  /// \param name  relative path, which may contain '/'. The caller must have checked it.
  /// \returns `io` with ENOENT if `name` does not exist.
  [[nodiscard]] Result<UniqueFd> open_child(const std::string& name, int flags = 0) const;

 private:
  UniqueFd fd_;
  std::string path_;
  std::uint64_t device_;
  std::shared_ptr<const Roots> roots_;
  std::atomic<int> in_memory_{-1};
};

}  // namespace posixpar::sys
