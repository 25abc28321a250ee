#pragma once
/// \file Keeps changed chunks of one array in memory until they are written back.
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "native/codecs/codec.h"
#include "native/exec/plan/plan.h"
#include "native/exec/write/context.h"
#include "native/exec/write/replaced_file.h"
#include "native/pool/buffers.h"

namespace posixpar {

/// Inclusive range of grid coordinates of one dimension.
struct CoordinateRange {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// Identifies a file of an array: a chunk that is a file, or a shard.
struct CachedFileKey {
  std::string name;                        ///< Path relative to the directory of the chunks.
  std::vector<std::uint64_t> coordinates;  ///< Grid coordinates of the chunk, or of the shard in the grid of shards.
};

/// Decoded chunks of one array, in native byte order. A chunk is *dirty* if it differs from the stored chunk. If the
/// chunks need more memory than the limit, the chunks of the least recently used files are written back and evicted
/// from memory. If a write-back fails, its chunks stay dirty, and the next write-back tries again. Thread-safe.
class DirtyChunks {
  struct File;

 public:
  /// \param limit_bytes  maximum size of the decoded chunks. Threads that cannot evict any file may exceed it by one
  /// chunk each.
  explicit DirtyChunks(std::uint64_t limit_bytes) : limit_(limit_bytes) {}

  /// Sets the layer to which all chunks belong, and the settings with which they are written back. Only the first call
  /// has an effect.
  void attach(const PlanLayer& layer, const WriteSettings& settings);

  /// Access of one thread to one chunk. While the lease exists, the file of the chunk is not written back.
  class Lease {
   public:
    Lease(Lease&& other) noexcept
        : cache_(std::exchange(other.cache_, nullptr)),
          file_(other.file_),
          number_(other.number_),
          memory_(other.memory_),
          write_backs_(other.write_backs_),
          is_new_(other.is_new_) {}
    Lease& operator=(Lease&&) = delete;
    /// Removes the chunk if it is new and commit() was not called.
    ~Lease();

    [[nodiscard]] MutableBytes memory() const { return memory_; }
    /// True if the chunk was not in the cache. Its memory is then not initialised.
    [[nodiscard]] bool is_new() const { return is_new_; }
    /// Number of write-backs of the cache when the lease was made. If it is the same for two leases on chunks of a
    /// file, no write-back has changed the file between them.
    [[nodiscard]] std::uint64_t write_backs() const { return write_backs_; }
    /// Marks the chunk as dirty.
    void commit();

   private:
    friend class DirtyChunks;
    Lease(DirtyChunks& cache, File& file, std::uint64_t number, MutableBytes memory, bool is_new)
        : cache_(&cache),
          file_(&file),
          number_(number),
          memory_(memory),
          write_backs_(cache.write_backs_),
          is_new_(is_new) {}
    DirtyChunks* cache_;
    File* file_;
    std::uint64_t number_;
    MutableBytes memory_;
    std::uint64_t write_backs_;
    bool is_new_;
  };

  /// Returns a lease on a chunk. Waits while another thread writes back the file of the chunk. If the chunk is not in
  /// the cache and there is no room for it, writes back and evicts other files. No two threads may use the same chunk
  /// at the same time.
  /// \param number  number of the chunk in its shard; 0 without shards. \param bytes  size of the decoded chunk.
  /// \returns the error of a write-back, or of the allocation of memory. The cache then does not contain the chunk.
  /// \pre attach() was called.
  Result<Lease> take(const CachedFileKey& key, std::uint64_t number, std::uint64_t bytes, const WriteContext& context);

  /// Returns the names of the files with dirty chunks. \param ranges  one range per dimension: returns only files whose
  /// coordinates are in these ranges. If empty, returns all files with dirty chunks.
  [[nodiscard]] std::vector<std::string> dirty_files(const std::vector<CoordinateRange>& ranges) const;
  /// Returns an estimate of the memory that write_back() needs for a file.
  [[nodiscard]] std::uint64_t write_back_memory(const std::string& name) const;
  /// Writes back the dirty chunks of a file. The chunks stay in memory. Does nothing if the file has no dirty chunk.
  Status write_back(const std::string& name, WriteCounters& counters, const GateAccess& gate);
  /// Synchronizes the directories in which files were written back, if the durability is `full`.
  Status sync(WriteCounters& counters);
  /// Device of the chunks; 0 before attach() was called.
  [[nodiscard]] std::uint64_t device() const;
  /// True if files are synchronized when they are written back.
  [[nodiscard]] bool synchronizes() const;
  /// True if chunks are encoded when they are written back.
  [[nodiscard]] bool encodes() const;
  /// Size of all chunks in memory.
  [[nodiscard]] std::uint64_t used_bytes() const;

 private:
  struct Chunk {
    pool::Buffer memory;
    bool is_dirty = false;
  };
  struct File {
    CachedFileKey key;
    std::map<std::uint64_t, Chunk> chunks;  // By number in the shard.
    unsigned users = 0;                     // Number of leases.
    bool is_busy = false;                   // True while a thread writes it back.
    std::uint64_t last_use = 0;
    [[nodiscard]] bool is_dirty() const;
  };
  using Lock = std::unique_lock<std::mutex>;

  /// Returns the file once no thread writes it back. Creates it if necessary.
  File& open(Lock& lock, const CachedFileKey& key);
  void erase(File& file);
  void erase_if_empty(File& file);
  /// Evicts files until `bytes` fit, or until no other file can be evicted.
  Status make_room(Lock& lock, std::uint64_t bytes, const WriteContext& context);
  /// Writes back a file that no thread uses. \returns the error of the write-back; the chunks are then still dirty.
  Status write_back(Lock& lock, File& file, WriteCounters& counters, const GateAccess& gate);
  Status store(const File& file, const std::vector<std::uint64_t>& dirty, const WriteContext& context);
  Status store_shard(const File& file, const std::vector<std::uint64_t>& dirty, const WriteContext& context);
  Result<std::optional<Bytes>> encode(const File& file, std::uint64_t number, const std::string& path,
                                      const WriteContext& context) const;

  const std::uint64_t limit_;
  mutable std::mutex mutex_;          // Guards all other members; not the memory of chunks.
  std::condition_variable released_;  // Signalled when a file has no leases left, or its write-back has ended.
  std::map<std::string, std::unique_ptr<File>> files_;  // By name.
  std::map<std::uint64_t, File*> by_use_;               // By File::last_use: the oldest file is first.
  std::uint64_t used_ = 0;
  std::uint64_t clock_ = 0;
  std::uint64_t write_backs_ = 0;  // Number of write-backs that have ended.
  bool is_attached_ = false;
  const Plan no_plan_{};  // For contexts without source.
  PlanLayer layer_;
  WriteSettings settings_;
  ChangedDirectories changed_;
};

}  // namespace posixpar
