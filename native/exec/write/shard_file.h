#pragma once
/// \file Writes a shard: a file that contains several chunks and their index.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "native/exec/plan/geometry.h"
#include "native/exec/write/context.h"
#include "native/exec/write/replaced_file.h"
#include "native/pool/budget.h"
#include "native/sys/unique_fd.h"

namespace posixpar {

/// One shard that a write changes. write_chunk() is called once per changed chunk, by several threads. The encoded
/// chunks stay in memory until the last call: it assembles the shard, writes it to a temporary file and renames it.
/// Chunks that the write does not change are copied from the old shard without decoding them.
class ShardFile {
 public:
  /// Function that reserves memory. Fails like Budget::acquire().
  using Reserve = std::function<Result<pool::Reservation>(std::uint64_t bytes)>;

  /// \param name  path of the shard. \param chunks  number of chunks that the write changes.
  /// \param replaces_all  true if the write supplies all elements of the shard inside the array.
  ShardFile(const PlanLayer& layer, const ShardLayout& layout, std::string name, std::uint64_t chunks,
            bool replaces_all)
      : layer_(layer),
        layout_(layout),
        name_(std::move(name)),
        left_(chunks),
        chunks_(chunks),
        replaces_all_(replaces_all) {}

  /// Opens the old shard, unless the write replaces all of it, and reserves memory for all chunks. Every thread calls
  /// it, but only the first call does this; the other threads wait for it. \returns the error of `reserve`; `codec` if
  /// the index of the old shard is damaged.
  /// \param threads  maximum number of threads that edit chunks of the shard at the same time.
  Status prepare(const Reserve& reserve, unsigned threads, ChangedDirectories& changed, const WriteContext& context);
  /// Edits the chunk at the position of `geometry`. The last call replaces the file. \pre prepare() has succeeded.
  /// \returns the same errors as write_chunk_file().
  Status write_chunk(const ChunkGeometry& geometry, ChangedDirectories& changed, const WriteContext& context);
  /// Adds a chunk that is already encoded. `stored` is empty if the chunk must not be stored. The last call replaces
  /// the file.
  /// \param chunk  number of the chunk in the shard, in C order. \pre prepare() has succeeded.
  Status add(std::uint64_t chunk, const std::optional<Bytes>& stored, ChangedDirectories& changed,
             const WriteContext& context);
  /// Loads the chunk from the old shard, if it is stored. Replaces prepare() for chunks that stay in memory: opens the
  /// old shard in the first call, and again if `write_backs` is larger than in all calls before.
  /// \param chunk  number of the chunk in the shard, in C order. \param write_backs  write_backs() of the lease on the
  /// chunk. \returns `codec` if the shard is damaged.
  Status load_old(class ChunkEdit& edit, std::uint64_t chunk, std::uint64_t write_backs, ChangedDirectories& changed,
                  const WriteContext& context);
  /// Ends the work on one chunk that is not written by this object. The last call closes the old shard.
  void end_chunk();
  [[nodiscard]] std::uint64_t number_of(const ChunkGeometry& geometry) const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const ShardLayout& layout() const { return layout_; }
  /// Frees the encoded chunks and the reserved memory, and closes the old shard. \pre no other call is in progress.
  void release();

 private:
  /// An encoded chunk. It has no bytes if it must not be stored, because it contains only the fill value.
  struct Encoded {
    std::uint64_t chunk = 0;
    std::optional<std::vector<std::byte>> bytes;
  };
  /// The shard that is replaced. `fd` is not valid and there is no index if the file does not exist.
  struct OldShard {
    UniqueFd fd;
    std::uint64_t bytes = 0;
    std::optional<ShardIndex> index;
  };
  [[nodiscard]] Result<std::shared_ptr<const OldShard>> open_old(const ReplacedFile& file,
                                                                 const WriteContext& context) const;
  static Status load(const OldShard& old, class ChunkEdit& edit, std::uint64_t chunk, const std::string& path,
                     const WriteContext& context);
  Status finish(ChangedDirectories& changed, const WriteContext& context);
  static Status copy_old(const OldShard& old, const std::vector<bool>& edited, std::vector<std::byte>& into,
                         const std::string& path, const WriteContext& context);
  [[nodiscard]] std::uint64_t memory(unsigned threads) const;

  const PlanLayer& layer_;
  const ShardLayout& layout_;
  const std::string name_;
  std::atomic<std::uint64_t> left_;
  const std::uint64_t chunks_;
  const bool replaces_all_;
  std::mutex mutex_;  // Guards `encoded_`, and until prepare() has ended also the other members below.
  bool prepared_ = false;
  std::optional<pool::Reservation> memory_;
  std::shared_ptr<const OldShard> old_;  // Null until it is opened, or if it is not needed.
  std::uint64_t write_backs_ = 0;        // Largest `write_backs` of all calls of load_old().
  std::vector<Encoded> encoded_;
};

}  // namespace posixpar
