#include "native/kernels/blocks.h"

namespace posixpar {
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

bool has_long_rows(const Block& block, std::size_t dst_item_bytes) {
  return block.inner.dst_index == nullptr && block.inner.dst_step == static_cast<std::int64_t>(dst_item_bytes) &&
         block.inner.count >= kCacheLine / dst_item_bytes;
}

StoreKind choose_stores(const Block& block, const Box& rest, std::size_t dst_item_bytes) {
  constexpr std::uint64_t kFar = 4 << 20;  // Minimum span of the destination in bytes: twice a large L2 cache.
  const auto span = [](const CopyDim& dim) {
    std::uint64_t bytes = 0;
    return __builtin_mul_overflow(magnitude(dim.dst_step), dim.count, &bytes) ? ~std::uint64_t{0} : bytes;
  };
  if (block.transposition) {
    constexpr std::uint64_t kMany = 16;  // The hardware prefetcher can follow fewer rows than this at the same time.
    return block.outer.count >= kMany && span(block.outer) >= kFar ? StoreKind::streaming : StoreKind::cached;
  }
  std::uint64_t widest = std::max(span(block.outer), span(block.inner));
  std::uint64_t bytes = dst_item_bytes * block.outer.count * block.inner.count;
  for (const CopyDim& dim : rest.outer(rest.rank)) {
    widest = std::max(widest, span(dim));
    bytes *= dim.count;
  }
  return widest >= kFar && bytes <= widest / 2 ? StoreKind::streaming : StoreKind::cached;
}

PartSize part_size(const Block& block, std::uint64_t items, std::uint64_t inner) {
  PartSize most;
  most.inner = std::min(block.inner.count, inner);
  most.outer = std::clamp<std::uint64_t>(items / most.inner, 1, block.outer.count);
  most.inner = std::clamp<std::uint64_t>(items / most.outer, 1, block.inner.count);
  return most;
}

}  // namespace posixpar
