#pragma once
/// \file A task that has been begun, cut in parts: what is to be read for each, and what is done once the bytes are
/// there. Parts are independent, so any number of them may be under way at once.
#include <cstdint>
#include <optional>
#include <span>

#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/strategy/work.h"

namespace posixpar {

/// A part of a task: an extent, with or without a place of its own.
struct Part {
  Extent extent;  ///< Without memory where `scratch_bytes` are needed for it.
  std::uint64_t scratch_bytes = 0;
};

/// A task of Mode::extents or Mode::whole.
class TaskExecution {
 public:
  /// Opens the task's chunk. An absent one is filled at once; then there are no parts.
  Status begin(const Task& task, LayerRead& work, const TaskContext& context);

  [[nodiscard]] std::uint64_t parts() const { return parts_; }
  /// Part `index`; its extent has a place unless it needs scratch memory.
  [[nodiscard]] Part part(std::uint64_t index) const;

  /// Copies the extent into its place where the plan itself holds the chunk; the bytes that there are. Nothing for a
  /// chunk that has to be read.
  [[nodiscard]] std::optional<std::uint64_t> copy_inline_bytes(const Extent& extent) const;

  enum class Next : std::uint8_t {
    done,
    again,  ///< The part did not fit: ask for it anew, it is larger now.
  };
  /// The part's extent ended with `got` bytes, in its place or in `scratch`.
  /// \returns `eof` when they are too few.
  Result<Next> finish(std::uint64_t index, std::uint64_t got, std::span<std::byte> scratch, const TaskContext& context);

  /// The task's chunk turned out not to be there when its file was to be opened, which `error` says: it is filled, and
  /// the task is over. \returns what the task failed with: `error` when it says something else.
  Status fill_if_absent(Error error, const TaskContext& context);

  /// The task stops here for now: it will be begun again.
  void suspend();

  /// The descriptor takes RWF_NOWAIT, as far as is known.
  [[nodiscard]] std::atomic<bool>& nowait_ok() const { return *chunk_.nowait_ok; }
  [[nodiscard]] const OpenChunk& chunk() const { return chunk_; }

 private:
  /// The chunk's file, open or to be opened by the channel.
  Result<OpenChunk> open(std::uint64_t index, const TaskContext& context);
  Status begin_extents(const TaskContext& context);
  Status begin_whole(const TaskContext& context);
  [[nodiscard]] bool reads_in_place(const ChunkExtent& extent) const;
  [[nodiscard]] Extent extent_at(std::uint64_t offset, std::uint64_t length) const;
  Status finish_chunk_extent(std::uint64_t index, std::span<std::byte> scratch, const TaskContext& context);
  Status decode_extent(std::span<std::byte> stored, const TaskContext& context);
  [[nodiscard]] std::uint64_t chunk_at(std::uint64_t k) const;
  void swap(std::byte* place, std::uint64_t bytes, const TaskContext& context) const;

  Task task_;
  LayerRead* work_ = nullptr;
  std::byte* target_ = nullptr;
  OpenChunk chunk_;
  std::optional<ChunkGeometry> geometry_;
  std::uint64_t parts_ = 0;
  std::uint64_t parts_done_ = 0;
  // Whole chunks: the chunks [chunk_begin_, chunk_end_) in reading order, and the bytes that they span.
  std::uint64_t chunk_begin_ = 0;
  std::uint64_t chunk_end_ = 0;
  std::uint64_t length_ = 0;
  bool in_place_ = false;
  // A chunk that is the rest of its file: its length is not known before it is read.
  bool to_end_ = false;
  // A chunk in parts: in several tasks, or in one that may stop and go on.
  bool shared_ = false;
  std::uint64_t chunk_extents_ = 0;
};

}  // namespace posixpar
