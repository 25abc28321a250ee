#pragma once
/// \file Counts failed synchronizations of files that are written in place.
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "native/sys/file.h"

namespace posixpar {

/// Number of failed synchronizations per file. Linux reports an error of write-back only once per open file
/// description, to the first fdatasync(2) after it, although the data of other writes in flight may be lost, too. So a
/// write compares the count when it begins with the count after its own synchronization. Thread-safe.
class FailedSyncs {
 public:
  static FailedSyncs& instance() {
    static auto& it = *new FailedSyncs;  // Never destroyed: pool threads may use it at the end of the process.
    return it;
  }

  void note(const sys::FileId& file) {
    const std::lock_guard lock(mutex_);
    counts_[{file.device, file.inode}]++;
  }

  [[nodiscard]] std::uint64_t count(const sys::FileId& file) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find({file.device, file.inode});
    return found == counts_.end() ? 0 : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> counts_;  // By device and inode.
};

}  // namespace posixpar
