#pragma once
/// \file Executes a task as a sequence of extents: says what to read for each extent, and processes its bytes. Extents
/// are independent, so any number of them may be in flight at once.
#include <cstdint>
#include <optional>
#include <span>

#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/chunk/layer_read.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/run/task_context.h"
#include "native/exec/strategy/tasks.h"

namespace posixpar {

/// An extent to be read.
struct ExtentRequest {
  Extent extent;                    ///< The destination is null if the extent needs scratch memory.
  std::uint64_t scratch_bytes = 0;  ///< 0: the extent is read directly into the result.
};

/// A task of Mode::extents or Mode::whole.
class TaskExecution {
 public:
  /// Opens the task's chunk. An absent chunk is filled at once and has no extents.
  /// \param done  number of extents that were read before suspend(); 0 at first.
  Status begin(const Task& task, std::uint64_t done, LayerRead& layer, const TaskContext& context);

  [[nodiscard]] std::uint64_t extent_count() const { return extent_count_; }
  [[nodiscard]] ExtentRequest request(std::uint64_t index) const;

  /// Copies an extent of a chunk that the plan contains (Locations::inline_bytes). \returns the number of bytes copied;
  /// nothing if the chunk must be read.
  [[nodiscard]] std::optional<std::uint64_t> copy_inline_bytes(const Extent& extent) const;

  enum class Next : std::uint8_t {
    done,
    again,  ///< The stored chunk is longer than the extent. Request the extent again; it is longer now.
  };
  /// Decodes and scatters the bytes of an extent, which are in the result or in `scratch`.
  /// \param got  number of bytes that were read.
  /// \returns `eof` if they are too few.
  Result<Next> finish(std::uint64_t index, std::uint64_t got, std::span<std::byte> scratch, const TaskContext& context);

  /// Fills the task's chunk if `error` means that its file does not exist. `error` comes from a channel that opens the
  /// files itself. \returns `error` if it means something else.
  Status fill_if_absent(Error error, const TaskContext& context);

  /// Closes the file of a task that must wait. The task will call begin() again.
  void suspend();

  /// False if the file's storage has rejected RWF_NOWAIT.
  [[nodiscard]] std::atomic<bool>& nowait_ok() const { return *chunk_.nowait_ok; }
  [[nodiscard]] const OpenChunk& chunk() const { return chunk_; }

 private:
  /// Opens the chunk's file, or describes it for a channel that opens it.
  Result<OpenChunk> open(std::uint64_t index, const TaskContext& context);
  Status begin_extents(const TaskContext& context);
  Status begin_whole(const TaskContext& context);
  /// Fills the elements that the task's use needs from its absent chunk.
  Status fill_absent_use(const TaskContext& context);
  [[nodiscard]] bool reads_in_place(const ChunkExtent& extent) const;
  [[nodiscard]] Extent extent_at(std::uint64_t offset, std::uint64_t length) const;
  Status finish_chunk_extent(std::uint64_t index, std::span<std::byte> scratch, const TaskContext& context);
  Status decode_extent(std::span<std::byte> stored, const TaskContext& context);
  [[nodiscard]] std::uint64_t chunk_at(std::uint64_t k) const;
  /// True if the task reads the first use of its chunk. Only this use counts the chunk in the statistics.
  [[nodiscard]] bool is_first_use() const { return layer_->plan.uses_of(task_.chunk).begin == task_.use; }
  void swap(std::byte* place, std::uint64_t bytes, const TaskContext& context) const;

  Task task_;
  LayerRead* layer_ = nullptr;
  std::byte* target_ = nullptr;
  OpenChunk chunk_;
  std::optional<ChunkGeometry> geometry_;
  std::uint64_t extent_count_ = 0;
  std::uint64_t extents_done_ = 0;
  // For whole chunks: the chunks [chunk_begin_, chunk_end_) in reading order, and the number of bytes that they span.
  std::uint64_t chunk_begin_ = 0;
  std::uint64_t chunk_end_ = 0;
  std::uint64_t length_ = 0;
  bool in_place_ = false;
  // True if the chunk extends to the end of its file, so that its length is known only after the read.
  bool to_end_ = false;
  // True if the chunk has several extents, in several tasks or in one task that may be suspended.
  bool shared_ = false;
  std::uint64_t chunk_extents_ = 0;
};

}  // namespace posixpar
