#pragma once
/// \file Writes the fill value to the result before the layers are read, for plans whose layers do not supply every
/// element.
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "native/exec/plan/plan.h"
#include "native/pool/run_queue.h"

namespace posixpar {

/// Writes the fill value to the whole result before the tasks start. The threads of the read share the work in pieces.
class Prefill {
 public:
  /// Size of a piece.
  static constexpr std::uint64_t kPieceBytes = std::uint64_t{4} << 20;

  /// Fills pieces until no piece is left, and waits until other threads have finished their pieces. Called by every
  /// thread of the read.
  /// \param mask one byte per element; null for none.
  /// \returns false if the slice was over before all pieces were filled; the thread must then call it again.
  bool run(const Plan& plan, std::byte* target, std::byte* mask, const pool::Slice& slice);

 private:
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace posixpar
