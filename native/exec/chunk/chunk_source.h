#pragma once
/// \file Finds and opens the stored bytes of chunks.
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

/// Opens the chunks of one layer. Thread-safe.
class ChunkSource {
 public:
  /// \param access  of buffered reads. \param direct_io  open files with O_DIRECT if the file system supports it.
  ChunkSource(const PlanLayer& layer, sys::Access access, bool direct_io);

  /// From now on, snapshots the page-cache residency of each file that it opens (not of Locations::file). \pre no file
  /// is open.
  void snapshot_residency();
  /// Takes a lease on every file that chunks are read from. \pre nothing was read. \returns as ReadLeases::take().
  Status take_leases(std::vector<sys::ReadLease>& leases, ReadCounters& counters);
  /// Evicts the pages that were added to the files that stayed open. \pre no read is in flight.
  void evict_added(ReadCounters& counters) const;

  /// True if the files are on a memory file system, so that no read waits. Asks the system once.
  [[nodiscard]] bool in_memory() const;
  /// True if reading a chunk may have to open a file.
  [[nodiscard]] bool may_open() const {
    return layer_.where.kind == Locations::Kind::names || layer_.where.kind == Locations::Kind::paths;
  }
  /// Opens the file of chunk `index`, on which `geometry` is. A name that does not exist is an absent chunk.
  Result<OpenChunk> open(std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters);
  /// True if each chunk is read from a file that is opened for it, whatever file that is by then.
  [[nodiscard]] bool opens_each() const;
  /// Returns what open() does, for a channel that opens files. Makes no system call. \pre opens_each()
  OpenChunk describe(std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters) const;
  /// True if `error`, of a chunk that describe() returned, says that the chunk is absent.
  [[nodiscard]] bool says_absent(const Error& error) const;
  /// Opens the file for some of the `extents` extents of the chunk. All share the file that the first one found, so
  /// that a file which is replaced or removed in the meantime is not read in part. Call extents_done() when they were
  /// read.
  Result<OpenChunk> open_part(std::uint64_t index, std::uint64_t extents, const ChunkGeometry& geometry,
                              ReadCounters& counters);
  /// \returns `changed` if this was the last extent of the chunk and the file is not as it was at the first.
  Status extents_done(std::uint64_t index, std::uint64_t count, const OpenChunk& chunk, ReadCounters& counters);
  /// Closes the file because a task must wait: any number of tasks may wait. The next task opens it again, and gets
  /// `changed` if it is not the same file.
  void close_part(std::uint64_t index);
  /// Checks, after the last task, that the files that stayed open have not changed since they were opened. \returns
  /// `changed`, naming what differs.
  Status check_unchanged(ReadCounters& counters) const;
  /// True if O_DIRECT is wanted and not available: chunks are read through the page cache.
  [[nodiscard]] bool direct_refused() const { return direct_refused_.load(std::memory_order_relaxed); }
  /// True if O_DIRECT was not refused, but the open file could not be opened a second time.
  [[nodiscard]] bool not_reopened() const { return not_reopened_.load(std::memory_order_relaxed); }

 private:
  struct Slot {
    std::mutex mutex;
    UniqueFd fd;
    sys::FileId id;
    sys::ByteRange range;  ///< Range of the chunks; empty: no snapshot is wanted.
    std::optional<ResidencySnapshot> snapshot;
  };
  /// A chunk in a separate file that several tasks read.
  struct Shared {
    std::uint64_t extents_left = 0;
    std::mutex mutex;  // Guards what follows.
    bool asked = false;
    bool absent = false;
    std::shared_ptr<const ChunkFile> file;
    sys::FileId id;
    std::string path;
  };
  /// Returns the location of the chunk. Makes no system call.
  [[nodiscard]] OpenChunk place_of(std::uint64_t index, const ChunkGeometry& geometry) const;
  [[nodiscard]] std::size_t file_of(std::uint64_t index) const;
  /// Opens the file for this chunk only. If it does not exist, the chunk is absent.
  Status open_own(OpenChunk& chunk, std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters);
  Status open_kept(OpenChunk& chunk, std::uint64_t index, ReadCounters& counters);
  /// Opens the file unless it is open. \pre slots_[file].mutex is locked.
  Status open_slot(std::size_t file, ReadCounters& counters);
  Status open_again(Shared& shared, OpenChunk& chunk, std::uint64_t index, const ChunkGeometry& geometry,
                    ReadCounters& counters);
  Result<UniqueFd> open_path(std::size_t file, ReadCounters& counters);
  /// Opens by `open(flags)` for the access of this source; without O_DIRECT if the file system refuses that.
  template <typename Open>
  Result<UniqueFd> open_for_access(Open open, const std::string& path);
  Status open_shared(OpenChunk& chunk, ReadCounters& counters);
  /// Records the alignment of a direct descriptor.
  Status describe_access(OpenChunk& chunk);

  const PlanLayer& layer_;
  sys::Access access_;
  bool direct_io_;
  std::atomic<bool> direct_refused_{false};
  std::atomic<bool> not_reopened_{false};
  std::mutex alignment_mutex_;                     // Guards alignment_.
  std::optional<sys::DirectAlignment> alignment_;  // Of the first file. The files of one array are on one file system.
  std::vector<Slot> slots_;
  bool snapshots_ = false;
  mutable std::mutex evicted_mutex_;  // Guards evicted_.
  ReadCounters evicted_;              // Counters of the evictions of files that were open for one chunk.
  std::mutex shared_mutex_;           // Guards shared_ and the counts in it.
  std::unordered_map<std::uint64_t, std::shared_ptr<Shared>> shared_;
  mutable std::atomic<bool> nowait_ok_{true};
};

/// Returns the name that a template gives the chunk on which `geometry` is.
std::string chunk_name(const NameTemplate& name, const ChunkGeometry& geometry);

}  // namespace posixpar
