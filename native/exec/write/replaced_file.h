#pragma once
/// \file Replaces a file that contains a chunk or a shard. The new content is written to a temporary file, which is
/// then renamed. So readers see either the old or the new file.
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <string>

#include "native/codecs/codec.h"
#include "native/exec/write/context.h"
#include "native/sys/access.h"

namespace posixpar {

/// Directories whose entries have changed and must be synchronized, as paths relative to the directory of the chunks.
/// Thread-safe.
class ChangedDirectories {
 public:
  void add(const std::string& path);
  /// Synchronizes these directories (fsync).
  /// \param directory  directory of the chunks.
  /// \param calls  counter to which the number of system calls is added.
  Status sync(const sys::Directory& directory, std::uint64_t& calls) const;
  /// Synchronizes like sync(), and forgets the directories. After an error, they must all be synchronized again.
  Status drain(const sys::Directory& directory, std::uint64_t& calls);

 private:
  mutable std::mutex mutex_;
  std::set<std::string> paths_;
};

/// A file that contains one chunk or one shard. While this object exists, no other thread may replace the same file.
class ReplacedFile {
 public:
  /// Size of the scratch memory in which short pieces are collected, so that one call writes several of them.
  static constexpr std::size_t kBatchBytes = std::size_t{1} << 20;

  /// \param name  path of the file relative to `directory`.
  ReplacedFile(const sys::Directory& directory, std::string name, ChangedDirectories& changed,
               const WriteContext& context)
      : directory_(directory),
        name_(std::move(name)),
        path_(directory.path_of(name_)),
        changed_(changed),
        context_(context) {}

  /// Path for errors.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Opens the current file for reading. \returns an invalid descriptor if the file does not exist.
  [[nodiscard]] Result<UniqueFd> open() const;
  /// Replaces the file by one whose content is `pieces`, one after the other. Creates missing directories. After an
  /// error, the current file is unchanged and no temporary file is left.
  Status replace(std::span<const Bytes> pieces);
  /// Replaces the file like replace().
  /// \param write  writes the content to an empty file, which is open for reading and writing.
  Status replace_by(const std::function<Status(int fd)>& write);
  /// Removes the file if it exists.
  Status remove();

 private:
  /// Records that the entries of a directory have changed or are about to change, so that it must be synchronized.
  void mark(const std::string& directory);
  /// Adds to `changed_` each directory above the file that an earlier write has changed but not synchronized.
  void add_unsynced();
  Result<UniqueFd> create(const std::string& temporary);
  Status fill(int fd, const std::function<Status(int fd)>& write);
  Status write_pieces(int fd, std::span<const Bytes> pieces);

  const sys::Directory& directory_;
  std::string name_;
  std::string path_;
  ChangedDirectories& changed_;
  const WriteContext& context_;
};

}  // namespace posixpar
