#pragma once
/// \file Writes back the dirty chunks of a cache.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "native/exec/write/dirty_chunks.h"
#include "native/exec/write/operation.h"
#include "native/exec/write/thread_count.h"
#include "native/pool/cancel.h"

namespace posixpar {

/// Writes back the dirty chunks of a cache on threads of the pool, and synchronizes their directories. If a file cannot
/// be written, the other files are still written. If several files cannot be written, the error is the error of the
/// first of them in the order of names.
class CacheFlush final : public Operation {
 public:
  /// \param ranges  as in DirtyChunks::dirty_files().
  CacheFlush(std::shared_ptr<DirtyChunks> cache, const std::vector<CoordinateRange>& ranges)
      : cache_(std::move(cache)), names_(cache_->dirty_files(ranges)), device_id_(cache_->device()) {}

  void start(std::function<void()> on_end) override;
  void cancel() override;
  [[nodiscard]] const std::optional<Error>& error() const override { return error_; }
  void stats(std::span<double> words) const override;

  pool::JobStep run(const pool::Slice& slice) override;
  [[nodiscard]] std::uint64_t device_id() const override { return device_id_; }
  void finished() override;

 private:
  /// Reserves memory and writes back one file.
  Status write_back(const std::string& name, WriteCounters& counters, const pool::Slice& slice);
  /// Adds the counters of a file. \returns the times of all files until now.
  WriteTimes add(const WriteCounters& counters);
  void fail(std::size_t file, Error error);

  const std::shared_ptr<DirtyChunks> cache_;
  const std::vector<std::string> names_;
  const std::uint64_t device_id_;
  pool::CancelToken cancel_;
  AdaptiveCopies copies_;
  std::function<void()> on_end_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> done_{0};
  mutable std::mutex mutex_;  // Guards the members below until the flush has ended.
  WriteCounters total_;
  std::optional<Error> error_;
  std::size_t error_file_ = 0;
};

}  // namespace posixpar
