#pragma once
/// \file Memory on huge pages, given out in pieces.
#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

#include "native/sys/anonymous_memory.h"

namespace posixpar::pool {

/// Buffers that lie on huge pages where the system has them: what a device fills is then a few stretches of memory
/// instead of a page at a time (docs/adr/0003-engines.md). Takes memory from the kernel in chunks; keeps one that is
/// free.
class HugeArena {
 public:
  static constexpr std::size_t kPiece = std::size_t{64} << 10;
  static constexpr std::size_t kChunk = std::size_t{8} << 20;
  /// The arena of the process; never destroyed.
  static HugeArena& instance();

  /// Uninitialised memory that begins at a multiple of kPiece; null when there is none. \pre `bytes` is a multiple of
  /// kPiece, more than 0.
  std::byte* acquire(std::size_t bytes);
  /// Gives back what acquire(bytes) gave.
  void release(std::byte* memory, std::size_t bytes);
  /// Of all chunks.
  [[nodiscard]] std::size_t held() const;

 private:
  struct Chunk {
    sys::AnonymousMemory memory;
    std::size_t size;
    std::map<std::size_t, std::size_t> free;  ///< Bytes that are free, by where they begin.

    [[nodiscard]] bool is_free() const { return free.size() == 1 && free.begin()->second == size; }
  };

  mutable std::mutex mutex_;
  std::vector<Chunk> chunks_;
};

}  // namespace posixpar::pool
