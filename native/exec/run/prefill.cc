#include "native/exec/run/prefill.h"

#include <algorithm>
#include <cstring>

#include "native/kernels/scatter.h"

namespace posixpar {

bool Prefill::run(const Plan& plan, std::byte* target, std::byte* mask, const pool::Slice& slice) {
  const std::size_t size = dtype_size(plan.out_type);
  const std::uint64_t per_piece = kPieceBytes / size;
  const std::uint64_t pieces = (plan.elements + per_piece - 1) / per_piece;
  for (;;) {
    const std::uint64_t i = next_.fetch_add(1, std::memory_order_relaxed);
    if (i >= pieces) break;
    const std::uint64_t begin = i * per_piece;
    CopyDim dim;
    dim.count = std::min(per_piece, plan.elements - begin);
    dim.dst_step = static_cast<std::int64_t>(size);
    fill_nd(target + begin * size, {&dim, 1}, plan.fill.element.data(), size);
    if (mask != nullptr) std::memset(mask + begin, plan.fill.missing ? 1 : 0, dim.count);
    done_.fetch_add(1, std::memory_order_release);
    done_.notify_all();
    if (slice.over()) return false;
  }
  // All pieces are taken: other threads are filling the remaining ones now. So this wait is short.
  for (std::uint64_t done = done_.load(std::memory_order_acquire); done < pieces;
       done = done_.load(std::memory_order_acquire)) {
    done_.wait(done, std::memory_order_acquire);
  }
  return true;
}

}  // namespace posixpar
