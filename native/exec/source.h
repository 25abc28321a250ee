#pragma once
/// \file Where a chunk's stored bytes are, and reading them with or without waiting.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "native/base/unique_fd.h"
#include "native/exec/geometry.h"
#include "native/exec/plan.h"
#include "native/exec/stats.h"
#include "native/sys/file.h"

namespace posixpar {

/// A chunk's file, open for as long as this lives.
struct OpenChunk {
  bool absent = false;
  int fd = -1;
  std::uint64_t offset = 0;
  /// Stored bytes; nothing when the chunk is the rest of its file from `offset` on.
  std::optional<std::uint64_t> length;
  std::uint32_t filter_mask = 0;
  const std::string* path = nullptr;
  /// Whether the storage takes RWF_NOWAIT, as far as is known.
  std::atomic<bool>* nowait_ok = nullptr;

  /// Set instead of `fd` for a chunk that the plan itself holds.
  const std::vector<std::byte>* held = nullptr;

  UniqueFd own_fd;
  std::string own_path;
};

/// Opens the chunks of one layer. Thread-safe.
class ChunkSource {
 public:
  explicit ChunkSource(const PlanLayer& layer);

  /// Whether chunk `index` is known to be absent without asking the file system.
  [[nodiscard]] bool known_absent(std::uint64_t index) const;
  /// The file of chunk `index`; `geometry` stands on it. A name that does not exist is an absent chunk.
  Result<OpenChunk> open(std::uint64_t index, const ChunkGeometry& geometry, Tally& tally);
  /// As open(), for some of the `spans` spans of the chunk: they share what the first of them found, so that a tile
  /// which is replaced or removed meanwhile is not read half. Say spans_done() when they were read.
  Result<OpenChunk> open_part(std::uint64_t index, std::uint64_t spans, const ChunkGeometry& geometry, Tally& tally);
  void spans_done(std::uint64_t index, std::uint64_t count);

 private:
  /// Files named by path stay open until the read ends, unless they are so many that descriptors could run out.
  static constexpr std::size_t kKeptPaths = 128;
  struct Slot {
    std::mutex mutex;
    UniqueFd fd;
  };
  /// A named chunk that is read in parts, from the first of them to the last.
  struct Shared {
    std::uint64_t spans_left = 0;
    std::mutex mutex;  // Guards what follows.
    bool asked = false;
    bool absent = false;
    UniqueFd fd;
  };
  Status open_path(OpenChunk& chunk, std::uint64_t index, Tally& tally);
  Result<UniqueFd> open_file(std::size_t file, Tally& tally) const;
  Status open_name(OpenChunk& chunk, const ChunkGeometry& geometry, Tally& tally);
  void describe_name(OpenChunk& chunk, const ChunkGeometry& geometry, const std::string& name, int fd);

  const PlanLayer& layer_;
  std::vector<Slot> slots_;
  std::mutex shared_mutex_;  // Guards shared_ and the counts in it.
  std::unordered_map<std::uint64_t, std::shared_ptr<Shared>> shared_;
  std::atomic<bool> nowait_ok_{true};
};

/// The name that `name` gives the chunk on which `geometry` stands.
std::string chunk_name(const NameTemplate& name, const ChunkGeometry& geometry);

/// How far a read came.
enum class ReadState : std::uint8_t { done, would_block };

/// Reads exactly `length` bytes. With Wait::no returns would_block when a part is not in the page cache; what was
/// written to `into` by then is unspecified.
/// \returns `eof` when the file ends before.
Result<ReadState> read_exact(const OpenChunk& chunk, std::byte* into, std::uint64_t length, std::uint64_t offset,
                             sys::Wait wait, Tally& tally);

/// Reads up to `capacity` bytes, to the end of the file at most; `*got` is how many.
Result<ReadState> read_up_to(const OpenChunk& chunk, std::byte* into, std::uint64_t capacity, std::uint64_t offset,
                             sys::Wait wait, Tally& tally, std::uint64_t* got);

}  // namespace posixpar
