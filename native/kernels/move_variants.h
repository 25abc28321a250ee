#pragma once
/// \file Internal to move.cc: what the instruction sets add to the scalar reference.
#include <cstddef>

#include "native/kernels/move.h"

namespace posixpar::move_detail {

struct MoveKernels {
  /// Does a leading part of a run, returns its bytes; otherwise as swap_run.
  std::size_t (*swap_run)(const std::byte* src, std::byte* dst, std::size_t bytes, std::size_t unit);
  /// The kernel for Mover::transposed, or null.
  MoveBlock (*transposed)(Item item);
  /// For RowStores that are far, or null.
  void (*stream)(const std::byte* src, std::byte* dst, std::size_t bytes);
  void (*stream_fence)();
  /// For copy_run, or null.
  void (*copy_run)(const std::byte* src, std::byte* dst, std::size_t bytes);
};

/// The scalar kernel for items of this kind.
[[nodiscard]] MoveBlock strided_kernel(Item item);

[[nodiscard]] const MoveKernels& move_kernels(Isa isa);

#if defined(__x86_64__)
extern const MoveKernels kMoveSse4;
extern const MoveKernels kMoveAvx2;
#endif

}  // namespace posixpar::move_detail
