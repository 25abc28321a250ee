#include "native/kernels/scatter.h"

#include <algorithm>
#include <array>

#include "native/kernels/box.h"
#include "native/kernels/convert.h"
#include "native/kernels/isa.h"
#include "native/kernels/move.h"

namespace posixpar {
namespace {

constexpr CopyDim kOne{};

std::uint64_t magnitude(std::int64_t step) {
  const auto bits = static_cast<std::uint64_t>(step);
  return step < 0 ? 0 - bits : bits;
}

/// Which two dimensions a block spans. `inner` is the one with the smallest step in the destination. `outer` is the one
/// with the smallest step in the source where that is another (a transposition), else the next in the destination.
struct Block {
  CopyDim outer;
  CopyDim inner;
  bool transposition = false;
};

/// Takes the block's dimensions out of `box`; what is left is looped over.
Block take_block(Box& box) {
  Block block;
  if (box.rank == 0) return block;
  const std::size_t inner = box.rank - 1;
  std::size_t fastest = inner;
  for (std::size_t i = 0; i < box.rank; ++i) {
    const auto step = magnitude(box.dims[i].src_step);
    if (step != 0 && step < magnitude(box.dims[fastest].src_step)) fastest = i;
  }
  block.inner = box.dims[inner];
  block.transposition = fastest != inner;
  box.remove(inner);
  if (box.rank == 0) return block;
  const std::size_t outer = block.transposition ? fastest : box.rank - 1;
  block.outer = box.dims[outer];
  box.remove(outer);
  return block;
}

/// Calls `visit(src, dst, outer, inner)` for parts of at most `outer_max` x `inner_max` until it returns false.
template <typename Visit>
bool for_each_part(const Block& block, std::uint64_t outer_max, std::uint64_t inner_max, const std::byte* src,
                   std::byte* dst, Visit&& visit) {
  for (std::uint64_t i = 0; i < block.inner.count; i += inner_max) {
    const CopyDim inner = slice(block.inner, i, std::min(inner_max, block.inner.count - i));
    const std::byte* from = src + slice_src(block.inner, i);
    std::byte* to = dst + slice_dst(block.inner, i);
    for (std::uint64_t o = 0; o < block.outer.count; o += outer_max) {
      const CopyDim outer = slice(block.outer, o, std::min(outer_max, block.outer.count - o));
      if (!visit(from + slice_src(block.outer, o), to + slice_dst(block.outer, o), outer, inner)) return false;
    }
  }
  return true;
}

void copy_bytes(Box box, Item item, Isa isa) {
  item.bytes = fold_contiguous(box, item.bytes);
  Block block = take_block(box);
  const Mover move = mover_for(item, isa);
  // In a transposition the lines of one side are crossed: blocks small enough that both sides stay in the L1 cache.
  constexpr std::uint64_t kBlockInner = 64;
  constexpr std::uint64_t kCacheLine = 64;
  const bool blocked = block.transposition && item.bytes < kCacheLine;
  const std::uint64_t outer_max = blocked ? std::max<std::uint64_t>(8, kCacheLine / item.bytes) : block.outer.count;
  const std::uint64_t inner_max = blocked ? kBlockInner : block.inner.count;
  for_each_position(box.outer(box.rank), box.src, box.dst, [&](const std::byte* src, std::byte* dst) {
    return for_each_part(block, outer_max, inner_max, src, dst,
                         [&](const std::byte* from, std::byte* to, const CopyDim& outer, const CopyDim& inner) {
                           move(from, to, outer, inner);
                           return true;
                         });
  });
}

bool steps_by(const CopyDim& dim, std::int64_t step, const std::uint64_t* index, std::size_t bytes) {
  return index == nullptr && (dim.count == 1 || step == static_cast<std::int64_t>(bytes));
}

/// Moves a part of a conversion between the arrays and a contiguous buffer, row by row where rows are contiguous.
void move_part(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner, Item item, Isa isa) {
  if (steps_by(inner, inner.src_step, inner.src_index, item.bytes) &&
      steps_by(inner, inner.dst_step, inner.dst_index, item.bytes)) {
    mover_for({item.bytes * static_cast<std::size_t>(inner.count), item.unit}, isa)(src, dst, kOne, outer);
    return;
  }
  mover_for(item, isa)(src, dst, outer, inner);
}

/// Parts of a conversion go through two buffers in the L1 cache: gathered, swapped and transposed into the first, then
/// converted, then scattered from the second; a side that is contiguous already goes without its buffer.
class PartConverter {
 public:
  PartConverter(const Conversion& conversion, const LineConverter& convert, Isa isa)
      : convert_(convert), isa_(isa), from_{dtype_size(conversion.from), 1}, to_{dtype_size(conversion.to), 1} {
    if (conversion.swap) from_.unit = dtype_swap_size(conversion.from);
  }

  Status operator()(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner) {
    const auto rows = [&](const CopyDim& dim, std::int64_t outer_step, std::int64_t inner_step,
                          const std::uint64_t* outer_index, const std::uint64_t* inner_index, std::size_t bytes) {
      return steps_by(dim, inner_step, inner_index, bytes) &&
             steps_by(outer, outer_step, outer_index, bytes * static_cast<std::size_t>(dim.count));
    };
    const auto count = static_cast<std::size_t>(outer.count * inner.count);
    const std::byte* in = src;
    if (from_.unit > 1 || !rows(inner, outer.src_step, inner.src_step, outer.src_index, inner.src_index, from_.bytes)) {
      const auto bytes = static_cast<std::int64_t>(from_.bytes);
      const CopyDim rows_in{outer.count, outer.src_step, bytes * static_cast<std::int64_t>(inner.count),
                            outer.src_index, nullptr};
      const CopyDim line_in{inner.count, inner.src_step, bytes, inner.src_index, nullptr};
      move_part(src, in_.data(), rows_in, line_in, from_, isa_);
      in = in_.data();
    }
    if (rows(inner, outer.dst_step, inner.dst_step, outer.dst_index, inner.dst_index, to_.bytes)) {
      return convert_(in, dst, count);
    }
    POSIXPAR_RETURN_IF_ERROR(convert_(in, out_.data(), count));
    const auto bytes = static_cast<std::int64_t>(to_.bytes);
    const CopyDim rows_out{outer.count, bytes * static_cast<std::int64_t>(inner.count), outer.dst_step, nullptr,
                           outer.dst_index};
    const CopyDim line_out{inner.count, bytes, inner.dst_step, nullptr, inner.dst_index};
    move_part(out_.data(), dst, rows_out, line_out, to_, isa_);
    return {};
  }

 private:
  const LineConverter& convert_;
  Isa isa_;
  Item from_;
  Item to_;
  alignas(64) std::array<std::byte, LineConverter::kMaxElements * 16> in_;
  alignas(64) std::array<std::byte, LineConverter::kMaxElements * 16> out_;
};

Status convert_elements(Box box, const Conversion& conversion, Isa isa) {
  const auto converter = LineConverter::make(conversion, isa);
  if (!converter.ok()) return converter.error();
  const Block block = take_block(box);
  PartConverter convert_part(conversion, *converter, isa);
  constexpr std::uint64_t kMax = LineConverter::kMaxElements;
  constexpr std::uint64_t kCrossedInner = 64;
  const std::uint64_t inner_max = std::min(block.inner.count, block.transposition ? kCrossedInner : kMax);
  const std::uint64_t outer_max = kMax / inner_max;
  Status status;
  for_each_position(box.outer(box.rank), box.src, box.dst, [&](const std::byte* src, std::byte* dst) {
    return for_each_part(block, outer_max, inner_max, src, dst,
                         [&](const std::byte* from, std::byte* to, const CopyDim& outer, const CopyDim& inner) {
                           status = convert_part(from, to, outer, inner);
                           return status.ok();
                         });
  });
  return status;
}

}  // namespace

Status copy_nd(const std::byte* src, std::byte* dst, std::span<const CopyDim> dims, const Conversion& conversion) {
  if (dims.size() > kMaxRank) {
    return kernel_error(
        ErrorKind::invalid, "copy",
        "expected at most " + std::to_string(kMaxRank) + " dimensions, received " + std::to_string(dims.size()));
  }
  const Box box = simplify(src, dst, dims);
  if (box.empty) return {};
  const Isa isa = active_isa();
  if (!conversion.bytes_only()) return convert_elements(box, conversion, isa);
  const std::size_t unit = conversion.swap ? dtype_swap_size(conversion.from) : 1;
  copy_bytes(box, {dtype_size(conversion.from), unit}, isa);
  return {};
}

void byteswap_in_place(std::byte* data, std::size_t count, std::size_t unit) {
  swap_run(data, data, count * unit, unit, active_isa());
}

}  // namespace posixpar
