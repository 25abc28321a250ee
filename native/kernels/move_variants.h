#pragma once
/// \file Internal to move.cc: kernels that are specific to an instruction set.
#include <cstddef>

#include "native/kernels/move.h"

namespace posixpar::move_detail {

struct MoveKernels {
  /// Like posixpar::swap_run, but swaps only a leading part of the run. \returns the length of that part in bytes.
  std::size_t (*swap_run)(const std::byte* src, std::byte* dst, std::size_t bytes, std::size_t unit);
  /// Returns the kernel for Mover::transposed, or null if there is none for `item`.
  MoveBlock (*transposed)(Item item);
  /// Copies with streaming stores, for RowStores; null if there is no such kernel.
  void (*stream)(const std::byte* src, std::byte* dst, std::size_t bytes);
  void (*stream_fence)();  ///< Orders streaming stores before later stores; null if `stream` is null.
  /// Implements posixpar::copy_run; null if there is no such kernel.
  void (*copy_run)(const std::byte* src, std::byte* dst, std::size_t bytes);
};

/// Returns the scalar kernel for `item`.
[[nodiscard]] MoveBlock strided_kernel(Item item);

[[nodiscard]] const MoveKernels& move_kernels(Isa isa);

#if defined(__x86_64__)
extern const MoveKernels kMoveSse4;
extern const MoveKernels kMoveAvx2;
#endif

}  // namespace posixpar::move_detail
