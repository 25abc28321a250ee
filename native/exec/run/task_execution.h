#pragma once
/// \file Executes a task as a sequence of extents. For each extent, TaskExecution returns the byte range to read, and
/// the caller passes the bytes back. Any number of extents may be in flight at once.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/chunk/layer_read.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/run/task_context.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

/// An extent to be read.
struct ExtentRequest {
  Extent extent;                    ///< The destination is null if the extent needs scratch memory.
  std::uint64_t scratch_bytes = 0;  ///< Size of the scratch memory; 0 if the extent is read into the result.
};

/// A task of Mode::extents or Mode::whole.
class TaskExecution {
 public:
  /// Opens the task's chunk. An absent chunk is filled at once and has no extents.
  /// \param done  number of extents that were read before suspend(); 0 in the first call.
  Status begin(const Task& task, std::uint64_t done, LayerRead& layer, const TaskContext& context);

  /// The chunk for which the task is postponed (WhenBusy::postpone), because another thread is decoding it. Null if the
  /// task is not postponed. A postponed task has no extents, and has changed nothing.
  [[nodiscard]] const std::shared_ptr<pool::ChunkCache::Flight>& busy() const { return busy_; }
  [[nodiscard]] std::uint64_t extent_count() const { return extent_count_; }
  [[nodiscard]] ExtentRequest request(std::uint64_t index) const;

  /// Copies an extent of a chunk that the plan contains (Locations::inline_bytes). \returns the number of bytes copied;
  /// nothing if the chunk must be read.
  [[nodiscard]] std::optional<std::uint64_t> copy_inline_bytes(const Extent& extent) const;

  enum class Next : std::uint8_t {
    done,
    again,  ///< The stored chunk may be longer than the extent. Call request() again: it now returns a longer extent.
  };
  /// Processes the bytes of an extent, which are in the result or in `scratch`: decodes them and copies the selected
  /// elements to the result.
  /// \param got  number of bytes that were read.
  /// \returns `eof` if `got` is less than the length of the extent, unless the chunk extends to the end of its file.
  Result<Next> finish(std::uint64_t index, std::uint64_t got, std::span<std::byte> scratch, const TaskContext& context);

  /// Writes the fill value for the task's chunk if `error` means that the chunk's file does not exist. Otherwise
  /// returns `error`. Called if the channel opens the files, because only its error then tells that a chunk is absent.
  Status fill_if_absent(Error error, const TaskContext& context);

  /// Suspends a task that must wait. Closes its file if it was opened for parts of one chunk. Call begin() to continue.
  void suspend();

  /// False if the file system of the file has rejected RWF_NOWAIT.
  [[nodiscard]] std::atomic<bool>& nowait_ok() const { return *chunk_.nowait_ok; }
  [[nodiscard]] const OpenChunk& chunk() const { return chunk_; }

 private:
  /// Opens the chunk's file, or describes it for a channel that opens it.
  Result<OpenChunk> open(std::uint64_t index, const TaskContext& context);
  Status begin_extents(const TaskContext& context);
  Status begin_whole(const TaskContext& context);
  /// Looks up the chunks of the task in the chunk cache.
  Status look_up_chunks(const TaskContext& context);
  /// Scatters the chunks that were found in the chunk cache.
  Status scatter_found(const TaskContext& context);
  /// True if the chunk was found in the chunk cache.
  [[nodiscard]] bool is_found(std::uint64_t k) const {
    return !found_.empty() && found_[k - chunk_begin_].chunk != nullptr;
  }
  /// Sets the offset, length and filter mask of `chunk_` to those of a chunk of the task. \pre the plan has them in
  /// tables, or the task has one chunk.
  void move_to_chunk(std::uint64_t k);
  /// Decodes one of the task's chunks and scatters it.
  Status decode_one(std::uint64_t k, std::span<std::byte> stored, const TaskContext& context);
  /// Fills the elements that the task's box selects from its absent chunk.
  Status fill_absent_use(const TaskContext& context);
  [[nodiscard]] bool reads_in_place(const ChunkExtent& extent) const;
  [[nodiscard]] Extent extent_at(std::uint64_t offset, std::uint64_t length) const;
  Status finish_chunk_extent(std::uint64_t index, std::span<std::byte> scratch, const TaskContext& context);
  Status decode_extent(std::span<std::byte> stored, const TaskContext& context);
  [[nodiscard]] std::uint64_t chunk_at(std::uint64_t k) const;
  /// True if the task's box is the first one that needs its chunk. Only tasks of this box count the chunk in the
  /// statistics.
  [[nodiscard]] bool is_first_use() const { return layer_->plan.uses_of(task_.chunk).begin == task_.use; }
  void swap(std::byte* place, std::uint64_t bytes, const TaskContext& context) const;

  Task task_;
  LayerRead* layer_ = nullptr;
  std::byte* target_ = nullptr;
  OpenChunk chunk_;
  std::optional<ChunkGeometry> geometry_;
  std::uint64_t extent_count_ = 0;
  std::uint64_t extents_done_ = 0;
  // For Mode::whole: the task has the chunks [chunk_begin_, chunk_end_) in reading order (Locations::order). `length_`
  // is the number of bytes to read for them.
  std::uint64_t chunk_begin_ = 0;
  std::uint64_t chunk_end_ = 0;
  std::uint64_t length_ = 0;
  // Results of the look-up in the chunk cache, one per chunk. Empty if the chunks were not looked up.
  std::vector<pool::ChunkCache::Found> found_;
  sys::FileId file_;  // State of the file when the chunks were looked up.
  std::shared_ptr<pool::ChunkCache::Flight> busy_;
  bool in_place_ = false;
  // True if the chunk extends to the end of its file, so that its length is known only after the read.
  bool to_end_ = false;
  // True if the chunk has several extents, in several tasks or in one task that may be suspended.
  bool shared_ = false;
  std::uint64_t chunk_extents_ = 0;
};

}  // namespace posixpar
