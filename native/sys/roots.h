#pragma once
/// \file Directories beneath which files may be opened, and opening files there.
#include <memory>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/sys/file.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// A set of open directories. A path is opened beneath one of them or not at all: the kernel checks each step while it
/// resolves the path (openat2), so nothing can be exchanged between a check and the open. Immutable, thread-safe.
///
/// A path belongs to a root if it begins with the root's path, as it was given or with its symbolic links resolved. A
/// symbolic link inside a root is followed if it is relative and stays beneath the root.
class Roots {
 public:
  /// Opens `paths`, which must be absolute.
  /// \returns `unsupported` when the system refuses openat2(2); `io` when a path is not a directory that can be opened.
  static Result<std::shared_ptr<const Roots>> open(const std::vector<std::string>& paths);

  /// Returns all roots of `parts`.
  static std::shared_ptr<const Roots> join(const std::vector<std::shared_ptr<const Roots>>& parts);

  /// Opens `path`, which must be absolute, for reading. `flags` as for open_at().
  /// \returns `refused` when it is not beneath any root; `io` as open_at().
  [[nodiscard]] Result<UniqueFd> open(const std::string& path, int flags) const;
  /// Returns the state of `path`, which must be absolute. Errors as for open().
  [[nodiscard]] Result<FileId> stat(const std::string& path) const;

 private:
  struct Root {
    std::shared_ptr<const UniqueFd> fd;
    std::vector<std::string> names;  ///< The path as given and as resolved, without slashes at the end.
  };
  explicit Roots(std::vector<Root> roots) : roots_(std::move(roots)) {}
  [[nodiscard]] Error refusal(const std::string& path, const char* why) const;

  std::vector<Root> roots_;
};

/// `roots.open()`, or open_at() without roots. Out of descriptors (EMFILE, ENFILE): FileCache closes its idle files and
/// the call is repeated once.
Result<UniqueFd> open_path(const std::string& path, int flags, const Roots* roots);
/// `roots.stat()`, or stat_path() without roots.
Result<FileId> stat_path(const std::string& path, const Roots* roots);

}  // namespace posixpar::sys
