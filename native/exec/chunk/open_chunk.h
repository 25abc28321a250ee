#pragma once
/// \file A chunk whose location is known and whose file is open.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "native/engines/engine.h"
#include "native/exec/page_cache/snapshot.h"
#include "native/exec/run/counters.h"
#include "native/sys/access.h"
#include "native/sys/unique_fd.h"

namespace posixpar {

/// Direct reads of at least this length pass through a bounce buffer on a virtual disk: the copy costs a tenth of what
/// scattered pages cost there (docs/adr/0003-engines.md). Shorter ones may be in memory that the ring has pinned
/// (Ring::fix_memory).
inline constexpr std::uint32_t kBounceMinBytes = (std::uint32_t{64} << 10) + 1;

/// A file that is open for one chunk. If the read drops behind, the pages that it added are evicted when the last user
/// closes the file.
class ChunkFile {
 public:
  /// \param on_evict  gets the counters of the eviction; it outlives this.
  using OnEvict = std::function<void(const ReadCounters&)>;
  ChunkFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  ChunkFile(const ChunkFile&) = delete;
  ChunkFile& operator=(const ChunkFile&) = delete;
  ~ChunkFile();

  [[nodiscard]] int fd() const { return fd_.get(); }
  void snapshot_residency(const sys::ByteRange& range, OnEvict on_evict, ReadCounters& counters);

 private:
  UniqueFd fd_;
  std::string path_;
  std::optional<ResidencySnapshot> snapshot_;
  OnEvict on_evict_;
};

/// The location of a chunk, and its file, open while this exists.
struct OpenChunk {
  bool absent = false;
  int fd = -1;
  std::uint64_t offset = 0;
  /// Stored bytes; empty if the chunk is the rest of its file from `offset` on.
  std::optional<std::uint64_t> length;
  std::uint32_t filter_mask = 0;
  const std::string* path = nullptr;
  /// Cleared once the storage has refused RWF_NOWAIT.
  std::atomic<bool>* nowait_ok = nullptr;

  /// Set instead of `fd` if the channel opens the file: its name below the directory.
  std::optional<std::string> name;
  int directory = -1;
  /// Set instead of `fd` if the plan contains the chunk.
  const std::vector<std::byte>* inline_bytes = nullptr;
  /// Alignment of reads; set if the descriptor was opened with O_DIRECT.
  std::optional<sys::DirectAlignment> direct;
  /// The file stays open until the source is destroyed, not only while this exists.
  bool fd_outlives_chunk = false;

  /// The file, if it is open for this chunk only. The tasks that read the chunk share it.
  std::shared_ptr<const ChunkFile> own_file;
  std::string own_path;

  [[nodiscard]] const std::string& file_path() const { return path != nullptr ? *path : own_path; }
  [[nodiscard]] ReadFile as_file() const {
    ReadFile file{.fd = fd, .path = &file_path(), .fd_outlives_chunk = fd_outlives_chunk};
    if (name) {
      file.name = name->c_str();
      file.directory = directory;
    }
    if (direct) {
      file.offset_align = direct->offset_bytes;
      file.memory_align = direct->memory_bytes;
      file.bounce_min_bytes = direct->on_virtio ? kBounceMinBytes : 0;
    }
    return file;
  }
};

}  // namespace posixpar
