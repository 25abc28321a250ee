#pragma once
/// \file Where a chunk's stored bytes are, and reading them with or without waiting.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "native/engines/engine.h"
#include "native/exec/page_cache/snapshot.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/plan/plan.h"
#include "native/exec/run/counters.h"
#include "native/sys/access.h"
#include "native/sys/file.h"
#include "native/sys/lease.h"
#include "native/sys/unique_fd.h"

namespace posixpar {

/// Direct reads of so many bytes bounce on a virtual disk: the copy costs a tenth of what their scattered pages cost
/// there (docs/adr/0003-engines.md). Shorter ones may lie in memory that the ring has pinned (Ring::fix_memory).
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

  /// Set instead of `fd` for a chunk whose file the channel opens: its name below the directory.
  std::optional<std::string> name;
  int directory = -1;
  /// Set instead of `fd` for a chunk that the plan itself holds.
  const std::vector<std::byte>* inline_bytes = nullptr;
  /// A descriptor opened with O_DIRECT: what reads have to be aligned to.
  std::optional<sys::DirectAlignment> direct;
  /// The file stays open for as long as the source, not only as this.
  bool fd_outlives_chunk = false;

  /// The file, where it is open for its chunk alone; shared by the tasks that read parts of the chunk.
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

/// Opens the chunks of one layer. Thread-safe.
class ChunkSource {
 public:
  /// \param access  how files are opened: with O_DIRECT where that is to be had, if `direct_io`.
  ChunkSource(const PlanLayer& layer, sys::Access access, bool direct_io);

  /// From now on, snapshots the page-cache residency of files when it opens them (not of Locations::file). Before
  /// anything is open.
  void snapshot_residency();
  /// Takes a lease on every file that chunks are read from. Before anything is read. \returns as ReadLeases::take().
  Status take_leases(std::vector<sys::ReadLease>& leases, ReadCounters& counters);
  /// Evicts the pages that were added to the files that stayed open. No read is in flight any more.
  void evict_added(ReadCounters& counters) const;

  /// Whether its files are on a file system that keeps them in memory: no read waits. Asks once.
  [[nodiscard]] bool in_memory() const;
  /// Whether reading a chunk may have to open a file.
  [[nodiscard]] bool may_open() const {
    return layer_.where.kind == Locations::Kind::names || layer_.where.kind == Locations::Kind::paths;
  }
  /// The file of chunk `index`; `geometry` stands on it. A name that does not exist is an absent chunk.
  Result<OpenChunk> open(std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters);
  /// Whether every chunk has a file of its own that is opened for it alone, as whatever it is then.
  [[nodiscard]] bool opens_each() const;
  /// As open(), for a channel that opens files: nothing is asked of the file system here. \pre opens_each()
  OpenChunk describe(std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters) const;
  /// Whether `error`, of a chunk that describe() gave, says that there is none.
  [[nodiscard]] bool says_absent(const Error& error) const;
  /// As open(), for some of the `extents` extents of the chunk: they share what the first of them found, so that a file
  /// which is replaced or removed meanwhile is not read half. Say extents_done() when they were read.
  Result<OpenChunk> open_part(std::uint64_t index, std::uint64_t extents, const ChunkGeometry& geometry,
                              ReadCounters& counters);
  /// \returns `changed` where the last of the extents was read and the file is not as it was at the first.
  Status extents_done(std::uint64_t index, std::uint64_t count, const OpenChunk& chunk, ReadCounters& counters);
  /// A task with extents of the chunk has to wait: its file is closed, since any number of tasks may wait, and opened
  /// again by the next one, which is told `changed` where it is not the same.
  void close_part(std::uint64_t index);
  /// After the last task: whether the files that stayed open are as they were when they were opened. \returns
  /// `changed`, naming what differs.
  Status check_unchanged(ReadCounters& counters) const;
  /// O_DIRECT was asked for and is not to be had: chunks are read through the page cache.
  [[nodiscard]] bool direct_refused() const { return direct_refused_.load(std::memory_order_relaxed); }
  /// True if O_DIRECT was not refused, but the open file could not be opened a second time.
  [[nodiscard]] bool not_reopened() const { return not_reopened_.load(std::memory_order_relaxed); }

 private:
  struct Slot {
    std::mutex mutex;
    UniqueFd fd;
    sys::FileId id;
    sys::ByteRange range;  ///< That the chunks lie in; empty: no snapshot is wanted.
    std::optional<ResidencySnapshot> snapshot;
  };
  /// A chunk in a file of its own that is read in parts, from the first of them to the last.
  struct Shared {
    std::uint64_t extents_left = 0;
    std::mutex mutex;  // Guards what follows.
    bool asked = false;
    bool absent = false;
    std::shared_ptr<const ChunkFile> file;
    sys::FileId id;
    std::string path;
  };
  /// The chunk's place, with nothing asked of the file system.
  [[nodiscard]] OpenChunk place_of(std::uint64_t index, const ChunkGeometry& geometry) const;
  [[nodiscard]] std::size_t file_of(std::uint64_t index) const;
  /// Opens the file for this chunk alone; one that does not exist makes it absent.
  Status open_own(OpenChunk& chunk, std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters);
  Status open_kept(OpenChunk& chunk, std::uint64_t index, ReadCounters& counters);
  /// Opens the file unless that was done. \pre slots_[file].mutex is locked.
  Status open_slot(std::size_t file, ReadCounters& counters);
  Status open_again(Shared& shared, OpenChunk& chunk, std::uint64_t index, const ChunkGeometry& geometry,
                    ReadCounters& counters);
  Result<UniqueFd> open_path(std::size_t file, ReadCounters& counters);
  /// Opens by `open(flags)` for the access of this source; without O_DIRECT where the file system refuses that.
  template <typename Open>
  Result<UniqueFd> open_for_access(Open open, const std::string& path);
  Status open_shared(OpenChunk& chunk, ReadCounters& counters);
  /// Notes the alignment of a direct descriptor.
  Status describe_access(OpenChunk& chunk);

  const PlanLayer& layer_;
  sys::Access access_;
  bool direct_io_;
  std::atomic<bool> direct_refused_{false};
  std::atomic<bool> not_reopened_{false};
  std::mutex alignment_mutex_;                     // Guards alignment_.
  std::optional<sys::DirectAlignment> alignment_;  // Of the first file: those of one array share a file system.
  std::vector<Slot> slots_;
  bool snapshots_ = false;
  mutable std::mutex evicted_mutex_;  // Guards evicted_.
  ReadCounters evicted_;              // Counters of the evictions of files that were open for one chunk.
  std::mutex shared_mutex_;           // Guards shared_ and the counts in it.
  std::unordered_map<std::uint64_t, std::shared_ptr<Shared>> shared_;
  mutable std::atomic<bool> nowait_ok_{true};
};

/// The name that `name` gives the chunk on which `geometry` stands.
std::string chunk_name(const NameTemplate& name, const ChunkGeometry& geometry);

}  // namespace posixpar
