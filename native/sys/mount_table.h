#pragma once
/// \file Finds the device of a path without a request to its file system, which may hang.
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// Device numbers (encoded like st_dev) by mount point (as normal_path() returns it).
using Mounts = std::map<std::string, std::uint64_t, std::less<>>;

/// Parses the text of mountinfo. If there are several mounts at the same point, the last one counts. Lines that do not
/// have the documented form are ignored.
Mounts parse_mounts(std::string_view mountinfo);

/// Returns the device of the innermost mount that contains `path`; 0 if there is none.
/// \param path  a path as normal_path() returns it.
std::uint64_t device_in(const Mounts& mounts, std::string_view path);

/// Removes `.`, `..` and superfluous slashes from the absolute `path`. Does not access the file system. The result is
/// the empty string for the root directory.
std::string normal_path(std::string_view path);

/// The mounts of this process (proc_pid_mountinfo(5)). They are read again after they have changed. No call uses the
/// mounted file systems, so the table works even if one of them hangs. Thread-safe.
class MountTable {
 public:
  /// One instance per process; never destroyed.
  static MountTable& instance();

  /// \param path  absolute or relative to the working directory. Symbolic links are not resolved.
  /// \returns the device number of the innermost mount that contains `path`; 0 if the mounts are not known (macOS, no
  /// /proc). In most file systems, this number equals st_dev.
  std::uint64_t device_of(const std::string& path);

 private:
  // Needs the mutex.
  void refresh();

  std::mutex mutex_;
  UniqueFd fd_;
  bool tried_ = false;
  Mounts mounts_;
};

}  // namespace posixpar::sys
