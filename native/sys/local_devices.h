#pragma once
/// \file Remembers which devices have file systems that answer from memory, so that the JavaScript thread may ask them.
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "native/sys/roots.h"

namespace posixpar::sys {

/// True for file systems that answer statx(2) with AT_STATX_DONT_SYNC, and open a file whose path is in memory, without
/// a request to a server or a cluster lock. Overlayfs passes the calls to the file system below.
/// \param magic  result of filesystem_magic().
bool is_local_filesystem(std::uint64_t magic);

/// Devices whose file systems are local. Thread-safe.
class LocalDevices {
 public:
  /// One instance per process; never destroyed.
  static LocalDevices& instance();

  /// Time for which the type of a file system is relied on. The device number of a file system that was unmounted may
  /// be used again.
  static constexpr std::uint64_t kKnownNs = 1'000'000'000;

  /// Finds out if the file system of `path` is local, unless that is known. May wait.
  /// \param device  device of the file at `path`. \param now_ns  time on the monotonic clock, as in contains().
  void learn(std::uint64_t device, const std::string& path, const Roots* roots, std::uint64_t now_ns);
  /// True if the file system of `device` was found to be local less than kKnownNs before `now_ns`. Cannot wait: also
  /// returns false while another thread changes this object.
  bool contains(std::uint64_t device, std::uint64_t now_ns);

 private:
  struct Known {
    bool is_local = false;
    std::uint64_t asked_ns = 0;
  };

  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Known> devices_;
};

}  // namespace posixpar::sys
