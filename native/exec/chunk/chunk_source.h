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

  /// From now on, takes a snapshot of the page-cache residency of each file that this source opens (not of
  /// Locations::file). \pre no file is open.
  void snapshot_residency();
  /// Calls `taker` for every file that contains chunks. \pre nothing was read. \returns as ReadLeases::take().
  Status take_leases(const LeaseTaker& taker, ReadCounters& counters);
  /// Evicts the pages that were added to the files that stayed open. \pre no read is in flight.
  void evict_added(ReadCounters& counters) const;

  /// True if the files are on a memory file system, so that no read waits. Asks the system once.
  [[nodiscard]] bool in_memory() const;
  /// True if reading a chunk may have to open a file.
  [[nodiscard]] bool may_open() const {
    return layer_.where.kind == Locations::Kind::names || layer_.where.kind == Locations::Kind::paths;
  }
  /// Opens the file of chunk `index`. If a name does not exist, the chunk is absent.
  /// \pre the current use of `geometry` is a use of chunk `index`.
  Result<OpenChunk> open(std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters);
  /// True if a file is opened for each chunk, and its state is not checked.
  [[nodiscard]] bool opens_each() const;
  /// Returns the chunk with the name of its file instead of a descriptor, for a channel that opens files. Makes no
  /// system call. \pre opens_each()
  OpenChunk describe(std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters) const;
  /// True if `error`, which reading a chunk of describe() has returned, means that the chunk is absent.
  [[nodiscard]] bool says_absent(const Error& error) const;
  /// Opens the file for some extents of use `use` of the chunk, which has `extents` in total. All extents share the
  /// file that was opened for the first one, so that the use does not mix a file and its replacement. Call
  /// extents_done() after reading.
  Result<OpenChunk> open_part(std::uint64_t index, std::uint64_t use, std::uint64_t extents,
                              const ChunkGeometry& geometry, ReadCounters& counters);
  /// Counts extents that were read. \returns `changed` if the use is complete and its file has changed since the first
  /// extent.
  Status extents_done(std::uint64_t use, std::uint64_t count, const OpenChunk& chunk, ReadCounters& counters);
  /// Closes the file because a task must wait; many waiting tasks could use up all descriptors. The next task opens the
  /// file again, and gets `changed` if it is not the same file.
  void close_part(std::uint64_t use);
  /// Checks, after the last task, that the files that stayed open have not changed since they were opened. \returns
  /// `changed` with the difference.
  Status check_unchanged(ReadCounters& counters) const;
  /// True if O_DIRECT was requested but is not available, so that chunks are read through the page cache.
  [[nodiscard]] bool direct_refused() const { return direct_refused_.load(std::memory_order_relaxed); }
  /// True if O_DIRECT is not used because the open file could not be opened a second time.
  [[nodiscard]] bool not_reopened() const { return not_reopened_.load(std::memory_order_relaxed); }

 private:
  struct Slot {
    std::mutex mutex;
    UniqueFd fd;
    sys::FileId id;
    sys::ByteRange range;  ///< Range of the chunks; empty: no snapshot is wanted.
    std::optional<ResidencySnapshot> snapshot;
  };
  /// State of a chunk in a separate file that several tasks read: one per use of the chunk.
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
  [[nodiscard]] OpenChunk locate(std::uint64_t index, const ChunkGeometry& geometry) const;
  [[nodiscard]] std::size_t file_of(std::uint64_t index) const;
  /// Opens the file for this chunk only. If the file does not exist, the chunk is absent.
  Status open_own(OpenChunk& chunk, std::uint64_t index, const ChunkGeometry& geometry, ReadCounters& counters);
  Status open_kept(OpenChunk& chunk, std::uint64_t index, ReadCounters& counters);
  /// Opens the file unless it is open. \pre slots_[file].mutex is locked.
  Status open_slot(std::size_t file, ReadCounters& counters);
  Status open_again(Shared& shared, OpenChunk& chunk, std::uint64_t index, const ChunkGeometry& geometry,
                    ReadCounters& counters);
  Result<UniqueFd> open_path(std::size_t file, ReadCounters& counters);
  /// Calls `open(flags)` with the flags for the access of this source; without O_DIRECT if the file system rejects it.
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
  std::optional<sys::DirectAlignment> alignment_;  // Alignment of the first file; all files are on one file system.
  std::vector<Slot> slots_;
  bool snapshots_ = false;
  mutable std::mutex evicted_mutex_;  // Guards evicted_.
  ReadCounters evicted_;              // Counters of the evictions of files that were open for one chunk.
  std::mutex shared_mutex_;           // Guards shared_ and the counts in it.
  std::unordered_map<std::uint64_t, std::shared_ptr<Shared>> shared_;
  mutable std::atomic<bool> nowait_ok_{true};
};

}  // namespace posixpar
