#pragma once
/// \file Writes the fill value to the result before the layers are read. Needed if no layer supplies some of the
/// elements.
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "native/exec/plan/plan.h"
#include "native/pool/run_queue.h"

namespace posixpar {

/// Writes the fill value to each element of the result before the tasks start. Each thread of the read fills pieces.
class Prefill {
 public:
  /// Size of a piece, in bytes of the result.
  static constexpr std::uint64_t kPieceBytes = std::uint64_t{4} << 20;

  /// Fills pieces until no piece is left, and waits until other threads have finished their pieces. Called by every
  /// thread of the read.
  /// \param mask one byte per element; null if no mask is wanted.
  /// \returns false if the thread's time slice was over before all pieces were filled. The thread must then call this
  /// function again later.
  bool run(const Plan& plan, std::byte* target, std::byte* mask, const pool::Slice& slice);

 private:
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace posixpar
