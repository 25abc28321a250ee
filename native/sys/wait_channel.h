#pragma once
/// \file Finds the kernel function in which a thread sleeps (proc(5), /proc/PID/wchan).
#include <sys/types.h>

#include <string>

#include "native/sys/unique_fd.h"

namespace posixpar::sys {

/// Reads the wait channel of one thread of this process. The file in /proc stays open, so that each reading is one
/// system call.
class WaitChannel {
 public:
  explicit WaitChannel(pid_t thread);

  /// Returns the name of the kernel function in which the thread sleeps, such as `ext4_buffered_write_iter`. If a
  /// thread waits for a lock, this is the function that takes the lock, not the implementation of the lock. \returns
  /// "0" if the thread runs, is runnable, or if the kernel hides the name; "" if the file cannot be read.
  [[nodiscard]] std::string read() const;

 private:
  UniqueFd file_;
};

}  // namespace posixpar::sys
