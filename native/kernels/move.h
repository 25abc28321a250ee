#pragma once
/// \file Moves a two-dimensional block of items. Copies and conversions of boxes use it. Internal to the kernels.
#include <cstddef>
#include <cstdint>

#include "native/kernels/box.h"
#include "native/kernels/isa.h"

namespace posixpar {

/// Moves `outer` x `inner` items. `inner` should be the dimension with the smaller destination step.
using MoveBlock = void (*)(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner, Item item);

inline constexpr std::size_t kCacheLine = 64;

/// Prefetches cache lines that will be written soon. A store must wait until its cache line has been read. The hardware
/// prefetcher does not prevent this if rows or items are far apart.
inline void prefetch_for_write(const std::byte* at, std::size_t bytes) {
  constexpr std::size_t kMost = 2048;  // The hardware prefetcher follows longer runs on its own.
  for (std::size_t line = 0; line < bytes && line < kMost; line += kCacheLine) __builtin_prefetch(at + line, 1);
  __builtin_prefetch(at + (bytes < kMost ? bytes : kMost) - 1, 1);
}

/// Kind of store instructions for the destination.
enum class StoreKind : std::uint8_t {
  /// Ordinary stores, for destinations that are in a cache, or that the operating system has just zeroed.
  cached,
  /// Non-temporal stores, for destinations whose lines would be evicted before all of their bytes are written.
  streaming,
};

/// Functions that move items of one kind, selected once per copy.
struct Mover {
  Item item;
  MoveBlock strided = nullptr;
  /// Like `strided`, but prefetches the cache lines that it will write. For items that are at least a cache line apart
  /// in the destination and do not touch each other.
  MoveBlock scattered = nullptr;
  MoveBlock indexed = nullptr;  ///< Moves blocks in which a dimension has an index list.
  /// Moves blocks whose `outer` dimension is contiguous in the source and whose `inner` dimension is contiguous in the
  /// destination. Null if the instruction set has no such function for the item.
  MoveBlock transposed = nullptr;

  /// Returns true if `transposed` supports the block.
  [[nodiscard]] bool transposes(const CopyDim& outer, const CopyDim& inner) const;
  void operator()(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner) const;
};

[[nodiscard]] Mover mover_for(Item item, Isa isa, StoreKind stores = StoreKind::cached);

/// Writes rows. Uses streaming stores if they were requested and the instruction set has them.
class RowStores {
 public:
  RowStores(Isa isa, StoreKind stores);
  /// Makes all previous streaming stores, also of a Mover, visible before later stores (a fence). Otherwise another
  /// thread that is told that the copy is complete could read old data.
  ~RowStores();
  RowStores(const RowStores&) = delete;
  RowStores& operator=(const RowStores&) = delete;

  /// Returns true if rows should be written in whole cache lines.
  [[nodiscard]] bool writes_whole_lines() const { return fence_ != nullptr; }
  void copy(const std::byte* src, std::byte* dst, std::size_t bytes) const { copy_(src, dst, bytes); }

 private:
  void (*copy_)(const std::byte* src, std::byte* dst, std::size_t bytes);
  void (*fence_)() = nullptr;
};

/// Copies `bytes` bytes from `src` to `dst` (equal or not overlapping), reversing the bytes of each `unit`.
/// \pre `unit` is 2, 4 or 8 and divides `bytes`.
void swap_run(const std::byte* src, std::byte* dst, std::size_t bytes, std::size_t unit, Isa isa);

}  // namespace posixpar
