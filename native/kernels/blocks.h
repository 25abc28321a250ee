#pragma once
/// \file Internal to the kernels: splits a box into two-dimensional blocks, and blocks into parts that fit into the
/// caches.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "native/kernels/box.h"
#include "native/kernels/move.h"

namespace posixpar {

/// The two dimensions of a box that the innermost loops copy. They are chosen together, because their order determines
/// how well the caches work. Outer loops run over the remaining dimensions.
struct Block {
  /// The dimension with the smallest source step; steps of 0 are ignored, except that of `inner`. If this dimension is
  /// `inner`, the dimension with the second smallest destination step.
  CopyDim outer;
  /// The dimension with the smallest destination step.
  CopyDim inner;
  /// True if the fastest dimension of the source is not the fastest of the destination, as in a matrix transpose.
  bool transposition = false;
};

/// Removes the two dimensions of a block from `box` and returns them.
[[nodiscard]] Block take_block(Box& box);

/// Returns true if the destination's rows are contiguous and at least one cache line long.
[[nodiscard]] bool has_long_rows(const Block& block, std::size_t dst_item_bytes);

/// Chooses streaming stores for a destination that spans more memory than an L2 cache, in two cases: if it is filled
/// out of order (a transpose with many rows), or if the copy writes at most half of the span.
[[nodiscard]] StoreKind choose_stores(const Block& block, const Box& rest, std::size_t dst_item_bytes);

/// Calls `visit(block, src, dst)` for every position of the box's remaining dimensions, and stops when `visit` returns
/// false. A narrow transpose is split into several passes of at most 128 source rows each. A narrow transpose reads
/// only a few bytes of each row per position, and the next bytes of the same rows at the next position. If the rows are
/// few, their cache lines are then still in the caches, and their pages in the TLB.
/// \returns false if `visit` returned false.
template <typename Visit>
bool for_each_block(const Block& block, const Box& box, std::size_t src_item_bytes, Visit&& visit) {
  constexpr std::uint64_t kNarrow = 256;
  constexpr std::uint64_t kRows = 128;
  const bool narrow = block.transposition && block.outer.count < kNarrow / src_item_bytes;
  const std::uint64_t most = narrow && box.rank > 0 ? kRows : block.inner.count;
  for (std::uint64_t i = 0; i < block.inner.count; i += most) {
    const Block part{block.outer, slice(block.inner, i, std::min(most, block.inner.count - i)), block.transposition};
    const bool done =
        for_each_position(box.outer(box.rank), box.src + slice_src(block.inner, i), box.dst + slice_dst(block.inner, i),
                          [&](const std::byte* src, std::byte* dst) { return visit(part, src, dst); });
    if (!done) return false;
  }
  return true;
}

/// Maximum size of a part of a block, in items per dimension.
struct PartSize {
  std::uint64_t outer = 1;
  std::uint64_t inner = 1;
};

/// Returns the size of a part of about `items` items: rows of `inner` items, or longer rows if the block has few rows.
[[nodiscard]] PartSize part_size(const Block& block, std::uint64_t items, std::uint64_t inner);

/// Calls `visit(src, dst, outer, inner)` for each part of the block until it returns false.
/// \returns false if `visit` returned false.
template <typename Visit>
bool for_each_part(const Block& block, PartSize most, const std::byte* src, std::byte* dst, Visit&& visit) {
  for (std::uint64_t i = 0; i < block.inner.count; i += most.inner) {
    const CopyDim inner = slice(block.inner, i, std::min(most.inner, block.inner.count - i));
    const std::byte* from = src + slice_src(block.inner, i);
    std::byte* to = dst + slice_dst(block.inner, i);
    for (std::uint64_t o = 0; o < block.outer.count; o += most.outer) {
      const CopyDim outer = slice(block.outer, o, std::min(most.outer, block.outer.count - o));
      if (!visit(from + slice_src(block.outer, o), to + slice_dst(block.outer, o), outer, inner)) return false;
    }
  }
  return true;
}

/// Rows of one part, contiguous in a buffer.
struct StagedRows {
  const std::byte* data = nullptr;  ///< Null if the rows could not be produced; the loop then stops.
  std::size_t pitch = 0;            ///< Distance in bytes between the starts of rows.
};

/// Returns the maximum number of items by which a row of a part must be extended, so that it ends at a cache-line
/// boundary.
[[nodiscard]] inline std::uint64_t line_margin(std::size_t item_bytes) {
  return (kCacheLine - 1 + item_bytes) / item_bytes;
}

/// Writes a block of `bytes`-byte items row by row. `stage(src, outer, inner)` produces the rows of one part, each with
/// up to `most.inner` + line_margin(bytes) items. With streaming stores, each row of a part begins and ends at a
/// cache-line boundary of the destination, except at both ends of the block's row. So the stores write whole lines.
/// Neighbouring parts therefore overlap by a few items, which are produced twice but written once.
/// \pre has_long_rows(block, bytes).
/// \returns false if `stage` stopped.
template <typename Stage>
bool for_each_staged_part(const Block& block, PartSize most, std::size_t bytes, const std::byte* src, std::byte* dst,
                          const RowStores& stores, Stage&& stage) {
  const auto up_to_line = [&](const std::byte* at) {
    return stores.writes_whole_lines() ? (0 - reinterpret_cast<std::uintptr_t>(at)) % kCacheLine : 0;
  };
  const std::uint64_t margin = stores.writes_whole_lines() ? line_margin(bytes) : 0;
  const std::uint64_t end = block.inner.count;
  for (std::uint64_t i = 0; i < end; i += most.inner) {
    const std::uint64_t count = std::min(most.inner, end - i);
    const std::uint64_t staged = std::min(count + margin, end - i);
    const CopyDim inner = slice(block.inner, i, staged);
    const std::byte* from = src + slice_src(block.inner, i);
    for (std::uint64_t o = 0; o < block.outer.count; o += most.outer) {
      const CopyDim outer = slice(block.outer, o, std::min(most.outer, block.outer.count - o));
      const auto row_at = [&](std::uint64_t row) {
        return dst + offset_of(o + row, block.outer.dst_step, block.outer.dst_index) + i * bytes;
      };
      if (!stores.writes_whole_lines()) {
        for (std::uint64_t row = 0; row < outer.count; ++row) prefetch_for_write(row_at(row), count * bytes);
      }
      const StagedRows rows = stage(from + slice_src(block.outer, o), outer, inner);
      if (rows.data == nullptr) return false;
      for (std::uint64_t row = 0; row < outer.count; ++row) {
        std::byte* to = row_at(row);
        const std::size_t begin = i == 0 ? 0 : up_to_line(to);
        const std::size_t last = std::min<std::size_t>(count * bytes + up_to_line(to + count * bytes), staged * bytes);
        if (begin < last) stores.copy(rows.data + row * rows.pitch + begin, to + begin, last - begin);
      }
    }
  }
  return true;
}

}  // namespace posixpar
