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

#include "native/exec/chunk/open_chunk.h"
#include "native/exec/page_cache/snapshot.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/plan/plan.h"
#include "native/exec/run/counters.h"
#include "native/sys/access.h"
#include "native/sys/file.h"
#include "native/sys/roots.h"
#include "native/sys/unique_fd.h"

namespace posixpar {

/// Function that takes a lease on the file of a descriptor. The path is for errors; roots may be null.
using LeaseTaker = std::function<Status(int fd, const std::string& path, const sys::Roots* roots)>;

/// Opens the chunks of one layer. Thread-safe.
class ChunkSource {
 public:
  /// \param access     access mode of reads through the page cache.
  /// \param direct_io  true to open files with O_DIRECT if the file system supports it.
  ChunkSource(const PlanLayer& layer, sys::Access access, bool direct_io);

  /// From now on, takes a snapshot of the page-cache residency of each file that this source opens. Locations::file
  /// gets none, because it is already open. \pre this source has opened no file.
  void snapshot_residency();
  /// Opens the files that contain chunks, unless they are open, and calls `taker` for each of them. \pre no chunk was
  /// read. \returns `unsupported` if a file is opened for each chunk; else the same errors as ReadLeases::take().
  Status take_leases(const LeaseTaker& taker, ReadCounters& counters);
  /// Evicts the page-cache pages that the read added for the files that this source has opened and kept open. Also adds
  /// the counters of earlier evictions: the pages of a file that was open for one chunk were evicted when it was
  /// closed. \pre no read is in flight.
  void evict_added(ReadCounters& counters) const;

  /// True if the files are on a memory file system, so that no read waits. Always false for Locations::Kind::paths.
  /// Only the first call makes a system call.
  [[nodiscard]] bool in_memory() const;
  /// True if reading a chunk may have to open a file.
  [[nodiscard]] bool may_open() const {
    return layer_.where.kind == Locations::Kind::names || layer_.where.kind == Locations::Kind::paths;
  }
  /// Returns chunk `index` with its open file. Opens the file unless it is open, the chunk is known to be absent, or
  /// the plan contains its bytes. If the chunk is located by name and no such file exists, the chunk is absent.
  /// \pre `geometry` is positioned at chunk `index` (ChunkGeometry::seek).
  Result<OpenChunk> open(std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters);
  /// True if a file is opened for each chunk, and a Channel may open it. A Channel can neither use O_DIRECT, give
  /// access advice, confine paths to roots, nor check the state of a file.
  [[nodiscard]] bool opens_each() const;
  /// Returns a chunk that has the name of its file instead of a descriptor. The channel opens the file. Makes no system
  /// call. \pre opens_each()
  OpenChunk describe(std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters) const;
  /// True if an error means that the chunk is absent.
  /// \param error  error of a channel that tried to open the file of a chunk from describe().
  [[nodiscard]] bool says_absent(const Error& error) const;
  /// Opens the file of chunk `index` to read some of the `extents` extents of use `use` (see ChunkUse). All of them are
  /// read from the file that was opened for the first one. So if a writer replaces the file, the use does not mix data
  /// of the old and the new file. Call extents_done() after reading.
  Result<OpenChunk> open_part(std::uint64_t index, std::uint64_t use, std::uint64_t extents,
                              const ChunkGeometry& geometry, ReadCounters& counters);
  /// Counts `count` extents that were read for `use`. After the last extent of the use, checks the file. \returns
  /// `changed` if the file has changed since the first extent was read.
  Status extents_done(std::uint64_t use, std::uint64_t count, const OpenChunk& chunk, ReadCounters& counters);
  /// Closes the file of `use` because a task must wait: if many tasks wait, descriptors could run out. The next task
  /// opens the file again, and gets an error if the file was changed, replaced or removed in the meantime.
  void close_part(std::uint64_t use);
  /// Checks, after the last task, that the files which this source has opened and kept open have not changed since
  /// then. Does not check Locations::file. \returns `changed` with the difference.
  Status check_unchanged(ReadCounters& counters) const;
  /// True if O_DIRECT was requested but is not available, so that chunks are read through the page cache.
  [[nodiscard]] bool direct_refused() const { return direct_refused_.load(std::memory_order_relaxed); }
  /// True if O_DIRECT is not used because the open file could not be opened a second time.
  [[nodiscard]] bool not_reopened() const { return not_reopened_.load(std::memory_order_relaxed); }

 private:
  /// A file that stays open until the source is destroyed.
  struct Slot {
    std::mutex mutex;
    UniqueFd fd;
    sys::FileId id;
    sys::ByteRange range;  ///< File range of the chunks, for a snapshot. Empty if no snapshot is wanted.
    std::optional<ResidencySnapshot> snapshot;
  };
  /// State shared by the tasks that read parts of the same chunk for the same box. Used if a file is opened for each
  /// chunk.
  struct Shared {
    std::uint64_t extents_left = 0;
    std::mutex mutex;    // Guards the members below.
    bool asked = false;  // True after the file was opened or found absent.
    bool absent = false;
    std::shared_ptr<const ChunkFile> file;
    sys::FileId id;
    std::string path;
  };
  /// Returns the location of the chunk. Makes no system call.
  [[nodiscard]] OpenChunk locate(std::uint64_t index, const ChunkGeometry& geometry) const;
  [[nodiscard]] std::size_t file_of(std::uint64_t index) const;
  /// Opens a file for this chunk only. If the chunk is located by name and no such file exists, sets `chunk.absent`.
  Status open_own(OpenChunk& chunk, std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters);
  Status open_kept(OpenChunk& chunk, std::uint64_t index, ReadCounters& counters);
  /// Opens the file unless it is open. \pre slots_[file].mutex is locked.
  Status open_slot(std::size_t file, ReadCounters& counters);
  Status open_again(Shared& shared, OpenChunk& chunk, std::uint64_t index, const ChunkGeometry& geometry,
                    ReadCounters& counters);
  Result<UniqueFd> open_path(std::size_t file, ReadCounters& counters);
  /// Calls `open(flags)` with the flags for the access of this source. Calls it again without O_DIRECT if the file
  /// system rejects that flag.
  template <typename Open>
  Result<UniqueFd> open_for_access(Open open, const std::string& path);
  Status open_shared(OpenChunk& chunk, ReadCounters& counters);
  /// Sets `chunk.direct` if the descriptor of `chunk` was opened with O_DIRECT and the file supports direct reads.
  Status describe_access(OpenChunk& chunk);

  const PlanLayer& layer_;
  sys::Access access_;
  bool direct_io_;
  std::atomic<bool> direct_refused_{false};
  std::atomic<bool> not_reopened_{false};
  std::mutex alignment_mutex_;  // Guards alignment_.
  // Alignment that direct reads of the first file need. Used for all files, because they are assumed to be on one file
  // system.
  std::optional<sys::DirectAlignment> alignment_;
  std::vector<Slot> slots_;
  bool snapshots_ = false;
  mutable std::mutex evicted_mutex_;  // Guards `evicted_`.
  ReadCounters evicted_;              // Counters of the evictions of files that were open for one chunk.
  std::mutex shared_mutex_;           // Guards `shared_`, and `extents_left` in its entries.
  std::unordered_map<std::uint64_t, std::shared_ptr<Shared>> shared_;
  mutable std::atomic<bool> nowait_ok_{true};
};

}  // namespace posixpar
