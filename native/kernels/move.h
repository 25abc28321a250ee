#pragma once
/// \file Internal to the kernels: moving a two-dimensional block of items, the primitive under every copy and
/// conversion.
#include <cstddef>

#include "native/kernels/box.h"
#include "native/kernels/isa.h"

namespace posixpar {

/// Moves `outer` x `inner` items; `inner` should be the dimension with the smaller destination step.
using MoveBlock = void (*)(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner, Item item);

/// The ways to move items of one kind, chosen once for a whole copy.
struct Mover {
  Item item;
  MoveBlock strided = nullptr;
  MoveBlock indexed = nullptr;
  /// For blocks whose `outer` is contiguous in the source and whose `inner` is contiguous in the destination; null
  /// where there is no better way than `strided`.
  MoveBlock transposed = nullptr;

  void operator()(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner) const;
};

[[nodiscard]] Mover mover_for(Item item, Isa isa);

/// Copies `bytes` bytes from `src` to `dst` (equal or not overlapping), reversing each unit of `unit` bytes.
/// \pre `unit` is 2, 4 or 8 and divides `bytes`.
void swap_run(const std::byte* src, std::byte* dst, std::size_t bytes, std::size_t unit, Isa isa);

}  // namespace posixpar
