#pragma once
/// \file Internal to the kernels: moving a two-dimensional block of items, the primitive under every copy and
/// conversion.
#include <cstddef>
#include <cstdint>

#include "native/kernels/box.h"
#include "native/kernels/isa.h"

namespace posixpar {

/// Moves `outer` x `inner` items; `inner` should be the dimension with the smaller destination step.
using MoveBlock = void (*)(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner, Item item);

inline constexpr std::size_t kCacheLine = 64;

/// Asks for the lines of a place that will be written soon. Rows or items that lie apart are beyond what the hardware
/// foresees: each line is then read when the store to it is already waiting.
inline void prefetch_for_write(const std::byte* at, std::size_t bytes) {
  constexpr std::size_t kMost = 2048;  // From there on the hardware has noticed.
  for (std::size_t line = 0; line < bytes && line < kMost; line += kCacheLine) __builtin_prefetch(at + line, 1);
  __builtin_prefetch(at + (bytes < kMost ? bytes : kMost) - 1, 1);
}

/// Where the destination is, as seen from the caches.
enum class Reach : std::uint8_t {
  near,  ///< In a cache, or about to be: also pages that the kernel has just cleared for the first store to them.
  far,   ///< Its lines come and go before all of them are written, so stores had better go around the caches.
};

/// The ways to move items of one kind, chosen once for a whole copy.
struct Mover {
  Item item;
  MoveBlock strided = nullptr;
  /// As `strided`, for destinations whose items lie apart.
  MoveBlock scattered = nullptr;
  MoveBlock indexed = nullptr;
  /// For blocks whose `outer` is contiguous in the source and whose `inner` is contiguous in the destination; null
  /// where there is no better way than `strided`.
  MoveBlock transposed = nullptr;

  /// Whether `transposed` can move the block.
  [[nodiscard]] bool transposes(const CopyDim& outer, const CopyDim& inner) const;
  void operator()(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner) const;
};

[[nodiscard]] Mover mover_for(Item item, Isa isa, Reach reach = Reach::near);

/// Writes rows; to a destination that is far with stores that go around the caches, where the instruction set has them.
class RowStores {
 public:
  RowStores(Isa isa, Reach reach);
  /// Makes all stores that went around the caches, also those of a Mover, visible before any later store, as other
  /// threads expect.
  ~RowStores();
  RowStores(const RowStores&) = delete;
  RowStores& operator=(const RowStores&) = delete;

  /// Whether it pays to write whole cache lines at once.
  [[nodiscard]] bool whole_lines() const { return fence_ != nullptr; }
  void copy(const std::byte* src, std::byte* dst, std::size_t bytes) const { copy_(src, dst, bytes); }

 private:
  void (*copy_)(const std::byte* src, std::byte* dst, std::size_t bytes);
  void (*fence_)() = nullptr;
};

/// Copies `bytes` bytes from `src` to `dst` (equal or not overlapping), reversing each unit of `unit` bytes.
/// \pre `unit` is 2, 4 or 8 and divides `bytes`.
void swap_run(const std::byte* src, std::byte* dst, std::size_t bytes, std::size_t unit, Isa isa);

}  // namespace posixpar
