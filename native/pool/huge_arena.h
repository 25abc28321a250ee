#pragma once
/// \file Allocates memory on huge pages.
#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

#include "native/sys/anonymous_memory.h"

namespace posixpar::pool {

/// Allocates buffers on huge pages, if the system has them. A huge page is contiguous in physical memory, so a device
/// fills it with fewer transfers than many small pages (docs/adr/0003-engines.md). The arena gets memory from the
/// kernel in large chunks. It keeps at most one chunk that is completely free.
class HugeArena {
 public:
  static constexpr std::size_t kPiece = std::size_t{64} << 10;
  static constexpr std::size_t kChunk = std::size_t{8} << 20;
  /// The arena of the process; never destroyed.
  static HugeArena& instance();

  /// Returns uninitialised memory that begins at a multiple of kPiece; null if there is none. \pre `bytes` is a
  /// multiple of kPiece and not 0.
  std::byte* acquire(std::size_t bytes);
  /// Frees memory that acquire(bytes) returned.
  void release(std::byte* memory, std::size_t bytes);
  /// Returns the total size of all chunks.
  [[nodiscard]] std::size_t held() const;

 private:
  struct Chunk {
    sys::AnonymousMemory memory;
    std::size_t size;
    std::map<std::size_t, std::size_t> free;  ///< Lengths of free ranges, by their offsets.

    [[nodiscard]] bool is_free() const { return free.size() == 1 && free.begin()->second == size; }
  };

  mutable std::mutex mutex_;
  std::vector<Chunk> chunks_;
};

}  // namespace posixpar::pool
