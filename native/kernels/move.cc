#include "native/kernels/move.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "native/kernels/copy_run.h"
#include "native/kernels/move_item.h"
#include "native/kernels/move_variants.h"

namespace posixpar {
namespace {

using move_detail::move_kernels;

template <std::size_t kBytes, std::size_t kUnit>
struct FixedItem {
  explicit FixedItem(Item) {}
  void operator()(const std::byte* src, std::byte* dst) const { move_item<kBytes, kUnit>(src, dst); }
};

/// Copies items of 3 to 128 bytes in pieces of constant size. Copies whole pieces first, then one piece that ends at
/// the end of the item and may overlap the previous piece. memcpy with a size unknown at compile time would be a
/// function call, which costs more than the copy.
template <std::size_t kMin, std::size_t kPiece>
struct ShortItem {
  explicit ShortItem(Item item) : bytes(item.bytes) {}
  void operator()(const std::byte* src, std::byte* dst) const {
    std::memcpy(dst, src, kMin);
    for (std::size_t at = kMin; at + kPiece <= bytes; at += kPiece) std::memcpy(dst + at, src + at, kPiece);
    std::memcpy(dst + bytes - kPiece, src + bytes - kPiece, kPiece);
  }
  std::size_t bytes;
};

struct LongItem {
  explicit LongItem(Item item) : bytes(item.bytes) {}
  void operator()(const std::byte* src, std::byte* dst) const { copy_run(src, dst, bytes); }
  std::size_t bytes;
};

/// Copies items with streaming stores. \pre the active instruction set has them.
struct StreamedItem {
  explicit StreamedItem(Item item) : bytes(item.bytes), stream(move_kernels(active_isa()).stream) {}
  void operator()(const std::byte* src, std::byte* dst) const { stream(src, dst, bytes); }
  std::size_t bytes;
  void (*stream)(const std::byte* src, std::byte* dst, std::size_t bytes);
};

struct SwappedItem {
  explicit SwappedItem(Item item) : bytes(item.bytes), unit(item.unit), isa(active_isa()) {}
  void operator()(const std::byte* src, std::byte* dst) const { swap_run(src, dst, bytes, unit, isa); }
  std::size_t bytes;
  std::size_t unit;
  Isa isa;
};

/// Moves items one by one. Computes each position from the base pointer. A pointer that is advanced after each item
/// would point outside of the buffer after the last one, which is undefined behaviour.
template <typename Move>
void move_strided(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner, Item item) {
  const Move move(item);
  const auto src_step = static_cast<std::uint64_t>(inner.src_step);
  const auto dst_step = static_cast<std::uint64_t>(inner.dst_step);
  for (std::uint64_t o = 0; o < outer.count; ++o) {
    const std::byte* from = src + offset_of(o, outer.src_step, nullptr);
    std::byte* to = dst + offset_of(o, outer.dst_step, nullptr);
    for (std::uint64_t i = 0; i < inner.count; ++i) {
      move(from + static_cast<std::int64_t>(i * src_step), to + static_cast<std::int64_t>(i * dst_step));
    }
  }
}

/// Like move_strided, but prefetches the destination of an item before it is moved (2 to 16 items ahead).
template <typename Move>
void move_scattered(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner, Item item) {
  const Move move(item);
  std::uint64_t next_outer = 0;
  std::uint64_t next_inner = 0;
  const auto prefetch = [&] {
    if (next_outer >= outer.count) return;
    prefetch_for_write(
        dst + offset_of(next_outer, outer.dst_step, nullptr) + offset_of(next_inner, inner.dst_step, nullptr),
        item.bytes);
    if (++next_inner < inner.count) return;
    next_inner = 0;
    ++next_outer;
  };
  constexpr std::size_t kAheadBytes = 4096;
  const std::size_t ahead = std::clamp<std::size_t>(kAheadBytes / item.bytes, 2, 16);
  for (std::size_t i = 0; i < ahead; ++i) prefetch();
  for (std::uint64_t o = 0; o < outer.count; ++o) {
    const std::byte* from = src + offset_of(o, outer.src_step, nullptr);
    std::byte* to = dst + offset_of(o, outer.dst_step, nullptr);
    for (std::uint64_t i = 0; i < inner.count; ++i) {
      prefetch();
      move(from + offset_of(i, inner.src_step, nullptr), to + offset_of(i, inner.dst_step, nullptr));
    }
  }
}

template <typename Move>
void move_indexed(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner, Item item) {
  const Move move(item);
  for (std::uint64_t o = 0; o < outer.count; ++o) {
    const std::byte* from = src + offset_of(o, outer.src_step, outer.src_index);
    std::byte* to = dst + offset_of(o, outer.dst_step, outer.dst_index);
    for (std::uint64_t i = 0; i < inner.count; ++i) {
      move(from + offset_of(i, inner.src_step, inner.src_index), to + offset_of(i, inner.dst_step, inner.dst_index));
    }
  }
}

template <typename Move>
Mover mover_of(Item item) {
  return {item, &move_strided<Move>, &move_scattered<Move>, &move_indexed<Move>, nullptr};
}

/// Minimum size of an item for streaming stores, so that it contains several whole cache lines.
constexpr std::size_t kShortestStreamed = 4 * kCacheLine;

Mover plain_mover(Item item) {
  switch (item.bytes) {
    case 1:
      return mover_of<FixedItem<1, 1>>(item);
    case 2:
      return mover_of<FixedItem<2, 1>>(item);
    case 4:
      return mover_of<FixedItem<4, 1>>(item);
    case 8:
      return mover_of<FixedItem<8, 1>>(item);
    case 16:
      return mover_of<FixedItem<16, 1>>(item);
    default:
      break;
  }
  if (item.bytes < 4) return mover_of<ShortItem<2, 1>>(item);
  if (item.bytes < 8) return mover_of<ShortItem<4, 4>>(item);
  if (item.bytes < 16) return mover_of<ShortItem<8, 8>>(item);
  if (item.bytes <= 128) return mover_of<ShortItem<16, 16>>(item);
  return mover_of<LongItem>(item);
}

Mover swapping_mover(Item item) {
  switch (item.bytes * 16 + item.unit) {
    case 2 * 16 + 2:
      return mover_of<FixedItem<2, 2>>(item);
    case 4 * 16 + 2:
      return mover_of<FixedItem<4, 2>>(item);
    case 4 * 16 + 4:
      return mover_of<FixedItem<4, 4>>(item);
    case 8 * 16 + 2:
      return mover_of<FixedItem<8, 2>>(item);
    case 8 * 16 + 4:
      return mover_of<FixedItem<8, 4>>(item);
    case 8 * 16 + 8:
      return mover_of<FixedItem<8, 8>>(item);
    case 16 * 16 + 2:
      return mover_of<FixedItem<16, 2>>(item);
    case 16 * 16 + 4:
      return mover_of<FixedItem<16, 4>>(item);
    case 16 * 16 + 8:
      return mover_of<FixedItem<16, 8>>(item);
    default:
      return mover_of<SwappedItem>(item);
  }
}

template <std::size_t kUnit>
void swap_scalar(const std::byte* src, std::byte* dst, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += kUnit) move_item<kUnit, kUnit>(src + at, dst + at);
}

}  // namespace

namespace move_detail {

const MoveKernels& move_kernels(Isa isa) {
  static constexpr MoveKernels kScalar = {
      [](const std::byte*, std::byte*, std::size_t, std::size_t) -> std::size_t { return 0; },
      [](Item) -> MoveBlock { return nullptr; },
      nullptr,
      nullptr,
      nullptr,
  };
#if defined(__x86_64__)
  if (isa == Isa::avx2) return kMoveAvx2;
  if (isa == Isa::sse4) return kMoveSse4;
#else
  (void)isa;
#endif
  return kScalar;
}

MoveBlock strided_kernel(Item item) { return (item.unit == 1 ? plain_mover(item) : swapping_mover(item)).strided; }

}  // namespace move_detail

RowStores::RowStores(Isa isa, StoreKind stores) : copy_(copy_run) {
  const auto& kernels = move_kernels(isa);
  if (stores == StoreKind::cached || kernels.stream == nullptr) return;
  copy_ = kernels.stream;
  fence_ = kernels.stream_fence;
}

RowStores::~RowStores() {
  if (fence_ != nullptr) fence_();
}

bool Mover::transposes(const CopyDim& outer, const CopyDim& inner) const {
  const auto bytes = static_cast<std::int64_t>(item.bytes);
  return transposed != nullptr && !is_indexed(outer) && !is_indexed(inner) && outer.src_step == bytes &&
         inner.dst_step == bytes;
}

void Mover::operator()(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner) const {
  if (is_indexed(outer) || is_indexed(inner)) {
    indexed(src, dst, outer, inner, item);
  } else if (transposes(outer, inner)) {
    transposed(src, dst, outer, inner, item);
  } else if (magnitude(inner.dst_step) >= std::max(kCacheLine, item.bytes + 1) && outer.count * inner.count > 1) {
    scattered(src, dst, outer, inner, item);
  } else {
    strided(src, dst, outer, inner, item);
  }
}

Mover mover_for(Item item, Isa isa, StoreKind stores) {
  if (stores == StoreKind::streaming && item.unit == 1 && item.bytes >= kShortestStreamed &&
      move_kernels(isa).stream != nullptr) {
    Mover mover = mover_of<StreamedItem>(item);
    mover.scattered = mover.strided;  // Without prefetching, because streaming stores do not read the cache line.
    return mover;
  }
  Mover mover = item.unit == 1 ? plain_mover(item) : swapping_mover(item);
  mover.transposed = move_kernels(isa).transposed(item);
  return mover;
}

void copy_run(const std::byte* src, std::byte* dst, std::size_t bytes) {
  constexpr std::size_t kShortest = std::size_t{2} << 10;
  constexpr std::size_t kLongest = std::size_t{1} << 20;  // memcpy is faster for longer runs.
  const auto copy = bytes < kShortest || bytes >= kLongest ? nullptr : move_kernels(active_isa()).copy_run;
  if (copy != nullptr)
    copy(src, dst, bytes);
  else if (bytes > 0)
    std::memcpy(dst, src, bytes);
}

void swap_run(const std::byte* src, std::byte* dst, std::size_t bytes, std::size_t unit, Isa isa) {
  const std::size_t done = move_kernels(isa).swap_run(src, dst, bytes, unit);
  if (unit == 2) swap_scalar<2>(src + done, dst + done, bytes - done);
  if (unit == 4) swap_scalar<4>(src + done, dst + done, bytes - done);
  if (unit == 8) swap_scalar<8>(src + done, dst + done, bytes - done);
}

}  // namespace posixpar
