#pragma once
/// \file The process-wide registry of open files.
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "native/base/result.h"
#include "native/sys/open_file.h"

namespace posixpar::sys {

/// Shares open files between reads, and keeps the most recently used files open after their reads have ended. A file is
/// found by its path. Before it is used again, one stat(2) checks that the path still leads to the same file, and that
/// the file is unmodified: all members of FileId must be equal. A file with two names is opened once per name, so that
/// errors and checks use the name that the caller gave. Thread-safe; no system call is made while the lock is held.
class FileCache {
 public:
  /// Never destroyed: a thread may still read at the end of the process.
  static FileCache& instance();
  explicit FileCache(std::size_t capacity) : capacity_(capacity) {}

  struct Counters {
    std::uint64_t hits = 0;    ///< Number of open() calls that returned a file that was already open (one stat).
    std::uint64_t misses = 0;  ///< Number of open() calls that opened the file (open and fstat).
  };

  /// Opens a file for reading, or returns it if it is already open. After EMFILE or ENFILE, closes the files that only
  /// the cache holds and tries again.
  /// \param hit  set to true if the file was already open, else to false; may be null.
  /// \param roots  directories to which `path` is confined; null if any path is allowed. With roots, the file is opened
  /// by each call and not kept, because the path alone does not tell if the roots permit it.
  /// \returns `io` with the errno of open(2) or stat(2); `refused` if the file is not beneath a root.
  Result<std::shared_ptr<OpenFile>> open(const std::string& path, bool* hit = nullptr,
                                         std::shared_ptr<const Roots> roots = nullptr);

  /// Calls open_at() for a descriptor that the cache does not keep. After EMFILE or ENFILE, closes files and tries
  /// again as open() does.
  Result<UniqueFd> open_descriptor(int dir_fd, const char* path, int flags, const std::string& context);

  /// Closes the files that only the cache holds. \returns their number.
  std::size_t drop_idle();
  /// Sets the number of most recently used files that the cache keeps open. The default is 64, or a quarter of
  /// RLIMIT_NOFILE if that is less.
  void set_capacity(std::size_t files);

  [[nodiscard]] Counters counters() const;
  /// Number of files that the cache keeps open.
  [[nodiscard]] std::size_t kept() const;

 private:
  using Kept = std::list<std::shared_ptr<OpenFile>>;  // Front: the most recently used file.
  struct Entry {
    std::weak_ptr<OpenFile> file;
    Kept::iterator position;  // kept_.end() if the file is not kept.
  };

  std::shared_ptr<OpenFile> find(const std::string& path) const;
  /// Inserts `file` under its path, or returns an equal file that another thread has inserted in the meantime.
  std::shared_ptr<OpenFile> insert(std::shared_ptr<OpenFile> file);
  /// keep(), trim() and prune() need the lock. Files to be closed are moved to `dropped`, which the caller destroys
  /// after it has released the lock.
  void keep(Entry& entry, const std::shared_ptr<OpenFile>& file, Kept& dropped);
  void trim(Kept& dropped);
  void prune();

  mutable std::mutex mutex_;
  std::size_t capacity_;
  std::size_t prune_at_ = 256;
  Kept kept_;
  std::unordered_map<std::string, Entry> entries_;
  Counters counters_;
};

}  // namespace posixpar::sys
