#pragma once
/// \file Describes the stored bytes of a chunk, and keeps their file open.
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

/// On a virtual disk, direct reads of at least this length use a bounce buffer: memory of the library, from which the
/// data is copied to the result. The additional copy takes a tenth of the time that reading into scattered pages costs
/// there (docs/adr/0003-engines.md). Shorter reads may go into memory that is registered with io_uring
/// (Ring::fix_memory).
inline constexpr std::uint32_t kBounceMinBytes = (std::uint32_t{64} << 10) + 1;

/// A file that is open for one chunk. If snapshot_residency() was called, the destructor evicts the pages that the read
/// has added to the page cache.
class ChunkFile {
 public:
  /// Receives the counters of the eviction.
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

/// Location of a chunk. If its file is open (`fd`), it stays open at least until this object is destroyed.
struct OpenChunk {
  bool absent = false;
  int fd = -1;
  std::uint64_t offset = 0;
  /// Stored length; empty if the chunk extends from `offset` to the end of its file.
  std::optional<std::uint64_t> length;
  std::uint32_t filter_mask = 0;
  const std::string* path = nullptr;  ///< Path of the file; null if it is `own_path`.
  /// Flag that engines set to false if the file system rejects RWF_NOWAIT.
  std::atomic<bool>* nowait_ok = nullptr;

  /// Name of the file below `directory`. Set instead of `fd` if the channel opens the file.
  std::optional<std::string> name;
  int directory = -1;
  /// Set instead of `fd` if the plan contains the bytes of the chunk (Locations::inline_bytes). They begin at `offset`.
  const std::vector<std::byte>* inline_bytes = nullptr;
  /// Alignment of reads; set if the descriptor was opened with O_DIRECT.
  std::optional<sys::DirectAlignment> direct;
  /// True if the file stays open at least until the ChunkSource that opened it is destroyed. If false, it may be closed
  /// when this object is destroyed.
  bool fd_outlives_chunk = false;

  /// The file, if it was opened only for this chunk. Tasks that read parts of the chunk for the same box share it.
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
