#pragma once
/// \file Finds the device of a path as far as possible without a request to its file system.
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// Devices, as st_dev has them, by mount points, as in normal_path().
using Mounts = std::map<std::string, std::uint64_t, std::less<>>;

/// Reads the text of mountinfo. Of several mounts at the same point the last one counts. Lines that are not of the
/// documented form are left out.
Mounts parse_mounts(std::string_view mountinfo);

/// The device of the mount above `path`; 0 for none.
/// \param path  as normal_path() returns it.
std::uint64_t device_in(const Mounts& mounts, std::string_view path);

/// The absolute `path` without `.`, `..` and superfluous slashes, by its text alone. The root is empty.
std::string normal_path(std::string_view path);

/// The mounts of this process (proc_pid_mountinfo(5)), read again when they have changed. No call goes to the file
/// systems themselves, so one that hangs does not matter. Thread-safe.
class MountTable {
 public:
  /// One instance per process; never destroyed.
  static MountTable& instance();

  /// \param path  absolute, or relative to the working directory. Symbolic links are not resolved.
  /// \returns the device number of the mount with the longest path above `path`, as st_dev has it in most file systems;
  ///          0 if mounts are not known (macOS, no /proc).
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
