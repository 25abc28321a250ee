#pragma once
/// \file Opens files, but only beneath certain directories (roots).
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/sys/file.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// A set of open directories. A path is opened only if it is beneath one of them. The kernel checks this while it
/// resolves the path (openat2). So the check holds even if another process exchanges directories or links at the same
/// time. Immutable, thread-safe.
///
/// A path belongs to a root if it begins with the path of the root, either as the caller gave it or with symbolic links
/// resolved. A symbolic link inside a root is followed if it is relative and stays beneath the root.
class Roots {
 public:
  /// Opens `paths`, which must be absolute.
  /// \returns `unsupported` if the system rejects openat2(2); `io` if a path is not a directory that can be opened.
  static Result<std::shared_ptr<const Roots>> open(const std::vector<std::string>& paths);

  /// Returns one set with all roots of `parts`.
  static std::shared_ptr<const Roots> join(const std::vector<std::shared_ptr<const Roots>>& parts);

  /// Opens `path`, which must be absolute, for reading. `flags` has the same meaning as in open_at().
  /// \returns `refused` if the path is not beneath any root; otherwise the same as open_at().
  [[nodiscard]] Result<UniqueFd> open(const std::string& path, int flags) const;
  /// Returns the state of `path`, which must be absolute. The errors are the same as those of open().
  [[nodiscard]] Result<FileId> stat(const std::string& path) const;
  /// Opens `path` like open_cached(). \returns nothing also if the path is not beneath any root.
  [[nodiscard]] std::optional<UniqueFd> open_cached(const std::string& path, int flags) const;

 private:
  struct Root {
    std::shared_ptr<const UniqueFd> fd;
    std::vector<std::string> names;  ///< The path as given and as resolved, without slashes at the end.
  };
  explicit Roots(std::vector<Root> roots) : roots_(std::move(roots)) {}
  [[nodiscard]] Error refusal(const std::string& path, const char* why) const;

  std::vector<Root> roots_;
};

/// Calls `roots->open()`, or open_at() if `roots` is null. After EMFILE or ENFILE, closes files of FileCache and tries
/// again.
Result<UniqueFd> open_path(const std::string& path, int flags, const Roots* roots);
/// Calls `roots->stat()`, or stat_path() if `roots` is null.
Result<FileId> stat_path(const std::string& path, const Roots* roots);

/// Calls `roots->open_cached()`, or open_cached() if `roots` is null.
std::optional<UniqueFd> open_path_cached(const std::string& path, int flags, const Roots* roots);

}  // namespace posixpar::sys
