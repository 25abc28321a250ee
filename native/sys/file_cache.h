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

/// Shares open files between reads and keeps the most recently used ones open a while longer.
/// An entry is found by its path and used only while the path still names the same version of the same file (device,
/// inode, size, mtime, ctime), which one stat(2) says. Two names of one file are two entries, so that errors and
/// revalidation concern the name that the caller gave. Thread-safe; no system call is made under the lock.
class FileCache {
 public:
  /// Never destroyed: a thread may still read at the end of the process.
  static FileCache& instance();
  explicit FileCache(std::size_t capacity) : capacity_(capacity) {}

  struct Counters {
    std::uint64_t hits = 0;    ///< open() answered with a file that was open already (one stat).
    std::uint64_t misses = 0;  ///< open() opened the file (open and fstat).
  };

  /// Opens a file for reading, or returns the one that is open. After EMFILE or ENFILE, closes idle files and tries
  /// again.
  /// \param hit  set to true if the file was open already, for the statistics of the read; may be null.
  /// \param roots  beneath which the file must lie. Such a file is opened each time and not kept, because the path
  /// alone does not tell if the roots permit it.
  /// \returns `io` with the errno of open(2) or stat(2).
  Result<std::shared_ptr<OpenFile>> open(const std::string& path, bool* hit = nullptr,
                                         std::shared_ptr<const Roots> roots = nullptr);

  /// Calls open_at() with the same second try, for descriptors that the cache does not keep.
  Result<UniqueFd> open_descriptor(int dir_fd, const char* path, int flags, const std::string& context);

  /// Closes unused files. \returns how many.
  std::size_t drop_idle();
  /// Maximum number of unused files that stay open. Default: 64, at most a quarter of RLIMIT_NOFILE. 0 keeps none.
  void set_capacity(std::size_t files);

  [[nodiscard]] Counters counters() const;
  /// Files held open by the cache itself.
  [[nodiscard]] std::size_t kept() const;

 private:
  using Kept = std::list<std::shared_ptr<OpenFile>>;  // Front: used last.
  struct Entry {
    std::weak_ptr<OpenFile> file;
    Kept::iterator position;  // kept_.end(): not kept.
  };

  std::shared_ptr<OpenFile> find(const std::string& path) const;
  /// Makes `file` the one of its path, or returns an equal one that another thread has inserted in the meantime.
  std::shared_ptr<OpenFile> insert(std::shared_ptr<OpenFile> file);
  /// These need the lock. Files leave through `dropped`, to be closed after it is released.
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
