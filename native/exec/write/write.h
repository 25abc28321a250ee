#pragma once
/// \file Executes a write plan: gathers, encodes and writes elements on threads of the pool.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "native/exec/write/chunk_copy.h"
#include "native/exec/write/chunk_file.h"
#include "native/exec/write/context.h"
#include "native/exec/write/direct.h"
#include "native/exec/write/dirty_chunks.h"
#include "native/exec/write/operation.h"
#include "native/exec/write/runs.h"
#include "native/exec/write/shard_file.h"
#include "native/exec/write/thread_count.h"
#include "native/pool/budget.h"
#include "native/pool/cancel.h"

namespace posixpar {

/// One write. Its plan is of the same type as a read plan, but elements are copied from `source` to the chunks.
/// `source` must stay valid and unchanged until the write has ended. The error of the write is the first error in plan
/// order.
///
/// If the chunks of a layer are in an open file, only the selected bytes of the file change. If each chunk or shard is
/// a file, each of these files is replaced (write_chunk_file(), ShardFile). The caller ensures that no other write
/// changes the same chunks or shards at the same time.
class Write final : public Operation {
 public:
  /// \pre check_writable() has accepted the plan and the settings.
  /// \param cache  receives the chunks and stores them later; null to store them at once. Must be null if a layer is
  /// written in place.
  Write(Plan plan, WriteSettings settings, const std::byte* source, std::shared_ptr<DirtyChunks> cache = nullptr);
  /// Creates a write that copies stored chunks instead of encoding elements.
  /// \pre ChunkCopy::check() has accepted both plans; `settings` has no shards.
  Write(Plan plan, WriteSettings settings, std::unique_ptr<ChunkCopy> copy);

  /// Checks that the layers of a plan can be written.
  /// \returns `unsupported` if a codec has no encoder; `invalid` if the plan cannot be written. A plan can be written
  /// if it neither scales nor masks, each layer has one box, and the shards fit the layer. The chunks of a layer must
  /// either be plain chunks of an open file, each with a location, or complete files that are located by name and not
  /// confined to roots.
  static Status check_writable(const Plan& plan, const WriteSettings& settings);

  void start(std::function<void()> on_end) override;
  void cancel() override;
  [[nodiscard]] const std::optional<Error>& error() const override { return error_; }
  void stats(std::span<double> words) const override;

  pool::JobStep run(const pool::Slice& slice) override;
  [[nodiscard]] std::uint64_t device_id() const override { return device_id_; }
  [[nodiscard]] pool::Demand demand() const override { return demand_; }
  void finished() override;

 private:
  enum class TaskKind : std::uint8_t {
    chunk,   ///< One chunk that is a file, or one chunk of a shard.
    runs,    ///< Several runs of a chunk of an open file.
    direct,  ///< A part of the aligned middle of a run.
    edges,   ///< The bytes before and after the aligned middle of several runs.
  };
  struct Task {
    TaskKind kind = TaskKind::chunk;
    std::uint32_t layer = 0;
    std::uint64_t use = 0;
    std::uint64_t begin = 0;     ///< For `runs` and `edges`: index of the first run. For `direct`: offset in the run.
    std::uint64_t end = 0;       ///< Index of the run, or offset of the byte, after the last one.
    std::uint64_t run = 0;       ///< For `direct`: index of the run.
    ShardFile* shard = nullptr;  ///< The shard that contains the chunk, or null.
    bool ends_group = true;      ///< True unless the next task belongs to the same shard.
  };
  void list_tasks();
  void list_runs(std::uint32_t layer);
  void list_direct(std::uint32_t layer);
  void list_shards(std::uint32_t layer);
  /// True if a thread may switch to another job before task `index`. It may not do so between the tasks of one shard:
  /// the shard holds memory until its last task has ended, and the other job could wait for this memory forever.
  [[nodiscard]] bool may_yield_before(std::size_t index) const {
    return index == 0 || index >= tasks_.size() || tasks_[index - 1].ends_group;
  }
  Status execute(const Task& task, const pool::Slice& slice, const WriteContext& context);
  Status perform(const Task& task, const WriteContext& context);
  Status write_in_place(const Task& task, const ChunkGeometry& geometry, const WriteContext& context);
  /// True if the chunks of a layer are written with O_DIRECT.
  [[nodiscard]] bool is_direct(const PlanLayer& layer) const;
  [[nodiscard]] std::uint64_t memory_of(const Task& task) const;
  /// Adds the counters of a task. \returns the times of all tasks until now.
  WriteTimes merge(const WriteCounters& counters);
  /// Returns the maximum number of threads that perform tasks at the same time.
  [[nodiscard]] unsigned max_threads() const;
  /// True if the number of threads depends on measured times (AdaptiveCopies).
  [[nodiscard]] bool adapts_threads() const;
  void fail(std::size_t task, Error error);
  /// Makes the data durable if the settings require it.
  Status sync();
  /// Checks that the files from which chunks were copied have not changed.
  void check_source();
  /// Synchronizes the open file of a layer. \returns EIO if a concurrent write has received the error of a
  /// synchronization, because the error may be about the data of this write.
  Status sync_file(std::size_t layer);

  const Plan plan_;
  const WriteSettings settings_;
  const std::byte* const source_;
  const std::shared_ptr<DirtyChunks> cache_;
  std::unique_ptr<ChunkCopy> copy_;  // Null if elements are encoded.
  const std::uint64_t alignment_;    // Alignment of direct writes; 0 if there are none.
  DirectRefusal refusal_;
  std::vector<Task> tasks_;
  bool gathers_ = false;  // True if elements are copied or converted before they are written to an open file.
  std::vector<std::unique_ptr<ShardFile>> shards_;
  std::uint64_t device_id_ = 0;
  pool::Demand demand_;
  WriteWidth width_;
  AdaptiveCopies copies_;
  std::vector<ChangedDirectories> changed_;  // One per layer.
  std::vector<std::uint64_t> failed_syncs_;  // FailedSyncs when the write began; one per layer.
  pool::CancelToken cancel_;
  pool::CancelToken stop_waiting_;  // Raised if the write is cancelled or has failed: no thread waits for memory.
  std::function<void()> on_end_;
  std::uint64_t begin_ns_ = 0;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> done_{0};
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;  // Guards the members below until the write has ended.
  std::vector<std::thread::id> threads_;
  WriteCounters total_;
  std::uint64_t ended_tasks_ = 0;
  std::optional<Error> error_;
  std::size_t error_task_ = 0;
};

}  // namespace posixpar
