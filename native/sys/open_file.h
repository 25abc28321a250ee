#pragma once
/// \file An open file with the properties learned about it, and an open directory.
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

/// Time for which OpenFile::check_unchanged reuses the answer about a path.
inline constexpr std::uint64_t kPathCheckNs = 20'000'000;

/// A file open for reading, shared by every read that uses it. Thread-safe.
class OpenFile {
 public:
  /// \param roots  that the file was opened through; its path is looked up again through them. Null: without.
  OpenFile(UniqueFd fd, FileId id, std::string path, std::shared_ptr<const Roots> roots = nullptr)
      : fd_(std::move(fd)), id_(id), path_(std::move(path)), roots_(std::move(roots)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// State at the time of opening.
  [[nodiscard]] const FileId& id() const { return id_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const Roots* roots() const { return roots_.get(); }

  /// Cleared by the reader that learns that this file's storage refuses RWF_NOWAIT (ReadOutcome::nowait_refused).
  std::atomic<bool> nowait_ok{true};

  /// The mapping of the whole file, made by the first call and kept; one that has faulted is replaced.
  Result<std::shared_ptr<Mapping>> mapping();

  /// A descriptor of its own for `access`, opened by the first call and kept.
  /// \returns as sys::reopen(); a file system that once refused O_DIRECT is not asked again.
  Result<int> descriptor(Access access);
  /// Alignment that O_DIRECT requires. Determined once.
  Result<DirectAlignment> alignment();

  /// True if mincore and cachestat tell the truth: the caller owns the file or may write it. Determined once.
  bool residency_visible();

  /// True if every page of a range is in the page cache, asked in one call if that is cheaper than `worth_ns`: its
  /// price depends on the size of the file's folios, so it is learned. Pages on their way in count as there.
  /// \returns false also if the kernel was not asked.
  /// \param calls  the system calls made are added.
  bool surely_cached(std::uint64_t offset, std::uint64_t length, std::uint64_t worth_ns, std::uint64_t& calls);

  /// True if this is still the file at its path, unmodified: `revalidate`, at the price of one fstat(2) while nothing
  /// has happened. Replacing or unlinking a file changes its ctime and link count, so the descriptor tells; what it
  /// does not tell, that a directory or a symbolic link above was exchanged, is noticed at most `kPathCheckNs` later.
  /// \param calls  the system calls made are added.
  Status check_unchanged(std::uint64_t now_ns, std::uint64_t& calls);

  /// Looks the path up again. \returns as revalidate(). May wait. path_is_fresh() from `now_ns` on if it is unchanged.
  Status check_path(std::uint64_t now_ns, std::uint64_t& calls);
  /// Notes that the path led to this file at `now_ns`, as opening it shows. May wait.
  void note_path(std::uint64_t now_ns);
  /// True if the path was found unchanged at most kPathCheckNs before `now_ns`.
  [[nodiscard]] bool path_is_fresh(std::uint64_t now_ns) const {
    return now_ns - path_checked_ns_.load(std::memory_order_relaxed) < kPathCheckNs;
  }
  /// True if the open file is certainly as it was: its size, times, mode, owner and link count. Asks with
  /// AT_STATX_DONT_SYNC, and only files of file systems that answer from memory, so it cannot wait. Other file systems
  /// are never certain, nor is any before the first check_path().
  bool surely_unchanged(std::uint64_t& calls);

  /// True if its file system keeps files in memory (tmpfs, ramfs, hugetlbfs), which may refuse RWF_NOWAIT and never
  /// waits. Asked once.
  bool in_memory();

 private:
  UniqueFd fd_;
  FileId id_;
  std::string path_;
  std::shared_ptr<const Roots> roots_;
  std::mutex mutex_;  // Guards the next three.
  std::shared_ptr<Mapping> mapping_;
  std::array<UniqueFd, kAccessKinds> descriptors_;
  std::optional<DirectAlignment> alignment_;
  std::atomic<int> residency_visible_{-1};
  /// Of cachestat(2), in picoseconds a page; 0 before the first call, kNoCachestat without one.
  std::atomic<std::uint64_t> cachestat_ps_{0};
  std::atomic<std::uint64_t> path_checked_ns_{0};
  std::atomic<int> in_memory_{-1};
  std::atomic<int> stats_at_once_{-1};
};

/// True if the file at `path` is still the one that `expected` describes: device, inode, size and mtime. Modes, owners
/// and ctime may differ (a chmod or a new hard link changes no byte).
/// \returns `changed`, naming the difference, also if the file is gone; `io` if stat(2) fails otherwise.
Status revalidate(const std::string& path, const FileId& expected, const Roots* roots = nullptr);
Status revalidate(const OpenFile& file, const FileId& expected);
/// True if the open file has not changed since `before` was taken: size and mtime. It may have been replaced or
/// unlinked since then: what is open stays what it was. \returns `changed`, naming what differs.
Status unmodified(int fd, const FileId& before, const std::string& path);

/// A directory held open (O_PATH): opening a child needs no walk through the whole path, and the children of one
/// Directory are siblings even if the directory is renamed in the meantime.
class Directory {
 public:
  /// \param roots  beneath which the directory and its children must lie; null: anywhere.
  static Result<std::shared_ptr<Directory>> open(const std::string& path, std::shared_ptr<const Roots> roots = nullptr);
  /// \param device  that it lies on; 0 when that is not known.
  Directory(UniqueFd fd, std::string path, std::uint64_t device = 0, std::shared_ptr<const Roots> roots = nullptr)
      : fd_(std::move(fd)), path_(std::move(path)), device_(device), roots_(std::move(roots)) {}

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t device() const { return device_; }
  [[nodiscard]] const Roots* roots() const { return roots_.get(); }
  [[nodiscard]] std::string path_of(const std::string& name) const;
  /// See OpenFile::in_memory().
  bool in_memory();

  /// Opens `name` (relative, may contain '/', checked by the caller) for reading. Out of descriptors: FileCache gives
  /// up its idle ones and it is tried once more. With roots: beneath this directory, or, for a link that leads out of
  /// the directory and stays beneath a root, by the whole path.
  /// \returns `io` with ENOENT when it does not exist, which for a tile means "fill".
  [[nodiscard]] Result<UniqueFd> open_child(const std::string& name, int flags = 0) const;

 private:
  UniqueFd fd_;
  std::string path_;
  std::uint64_t device_;
  std::shared_ptr<const Roots> roots_;
  std::atomic<int> in_memory_{-1};
};

}  // namespace posixpar::sys
