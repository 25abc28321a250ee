#include "native/kernels/scatter.h"

#include <algorithm>
#include <array>

#include "native/kernels/blocks.h"
#include "native/kernels/box.h"
#include "native/kernels/convert.h"
#include "native/kernels/isa.h"
#include "native/kernels/move.h"

namespace posixpar {
namespace {

constexpr CopyDim kOne{};

/// Size of the part that is transposed at a time: 32 rows of 256 bytes, or fewer and longer rows. The source of a part
/// and its copy fit into the L1 cache together.
constexpr std::size_t kPartRows = 32;
constexpr std::size_t kPartRowBytes = 256;
constexpr std::size_t kPartBytes = kPartRows * kPartRowBytes;
/// Space at the end of each row of the buffer for line_margin() of items shorter than a cache line. It also shifts the
/// rows, so that they do not all map to the same cache sets.
constexpr std::size_t kMarginBytes = 2 * kCacheLine;

/// Transposes each part into a buffer and writes whole rows from there. Destination rows are often a power of two apart
/// and then map to the same cache sets, so writing them item by item would evict lines before they are complete.
void copy_staged(const Block& whole, const Box& box, const Mover& move, const RowStores& stores) {
  const std::size_t bytes = move.item.bytes;
  alignas(kCacheLine) std::array<std::byte, kPartBytes + kPartRows * kMarginBytes> staged;
  for_each_block(whole, box, bytes, [&](const Block& block, const std::byte* src, std::byte* dst) {
    PartSize most;
    most.outer = std::min<std::uint64_t>(block.outer.count, kPartRows);
    most.inner = kPartBytes / most.outer / kCacheLine * kCacheLine / bytes;
    const std::size_t pitch = static_cast<std::size_t>(most.inner) * bytes + kMarginBytes;
    return for_each_staged_part(block, most, bytes, src, dst, stores,
                                [&](const std::byte* from, CopyDim outer, const CopyDim& inner) {
                                  outer.dst_step = static_cast<std::int64_t>(pitch);
                                  outer.dst_index = nullptr;
                                  const bool tiles = move.transposes(outer, inner);
                                  // Without tiles, the inner loop follows a source row. The order of the stores does
                                  // not matter, because the buffer is small.
                                  move(from, staged.data(), tiles ? outer : inner, tiles ? inner : outer);
                                  return StagedRows{staged.data(), pitch};
                                });
  });
}

void copy_bytes(Box box, Item item, Isa isa) {
  item.bytes = fold_contiguous(box, item.bytes);
  const Block whole = take_block(box);
  const StoreKind kind = choose_stores(whole, box, item.bytes);
  const Mover move = mover_for(item, isa, kind);
  const RowStores stores(isa, kind);  // Its destructor also fences the streaming stores of `move`.
  const bool crossed = whole.transposition && item.bytes < kCacheLine;
  constexpr std::uint64_t kFew = 4;
  if (crossed && whole.outer.count >= kFew && has_long_rows(whole, item.bytes)) {
    copy_staged(whole, box, move, stores);
    return;
  }
  for_each_block(whole, box, item.bytes, [&](const Block& block, const std::byte* src, std::byte* dst) {
    PartSize most{block.outer.count, block.inner.count};
    if (crossed) most = part_size(block, kPartBytes / item.bytes, std::max<std::size_t>(kPartRowBytes / item.bytes, 1));
    return for_each_part(block, most, src, dst,
                         [&](const std::byte* from, std::byte* to, const CopyDim& outer, const CopyDim& inner) {
                           const bool flat = crossed && inner.count < kFew;
                           move(from, to, flat ? inner : outer, flat ? outer : inner);
                           return true;
                         });
  });
}

bool is_contiguous(const CopyDim& dim, std::int64_t step, const std::uint64_t* index, std::size_t bytes) {
  return dim.count == 1 ? index == nullptr : index == nullptr && step == static_cast<std::int64_t>(bytes);
}
bool is_src_contiguous(const CopyDim& dim, std::size_t bytes) {
  return is_contiguous(dim, dim.src_step, dim.src_index, bytes);
}
bool is_dst_contiguous(const CopyDim& dim, std::size_t bytes) {
  return is_contiguous(dim, dim.dst_step, dim.dst_index, bytes);
}

/// Moves elements between an array and a contiguous buffer of a conversion. Copies whole rows if they are contiguous.
void move_part(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner, Item item, Isa isa) {
  if (is_src_contiguous(inner, item.bytes) && is_dst_contiguous(inner, item.bytes)) {
    mover_for({item.bytes * static_cast<std::size_t>(inner.count), item.unit}, isa)(src, dst, kOne, outer);
    return;
  }
  mover_for(item, isa)(src, dst, outer, inner);
}

/// Converts parts through two buffers that fit into the L1 cache. Elements are gathered, byte-swapped and transposed
/// into the first buffer, converted into the second, and scattered from there. A side that is contiguous needs no
/// buffer, unless the bytes of the source must be swapped.
class PartConverter {
 public:
  PartConverter(const Conversion& conversion, const LineConverter& convert, Isa isa)
      : convert_(convert), isa_(isa), from_{dtype_size(conversion.from), 1}, to_{dtype_size(conversion.to), 1} {
    if (conversion.swap) from_.unit = dtype_swap_size(conversion.from);
  }

  /// Converts a part of at most LineConverter::kMaxElements elements and writes it to `dst`.
  Status place(const std::byte* src, std::byte* dst, const CopyDim& outer, const CopyDim& inner) {
    const auto row = static_cast<std::size_t>(row_bytes(inner, to_));
    const bool whole_rows = is_dst_contiguous(inner, to_.bytes);
    if (whole_rows && is_dst_contiguous(outer, row)) {
      if (outer.count == 1) prefetch_for_write(dst, row);
      const std::size_t count = gather(src, outer, inner);
      return convert_(in_, dst, count);
    }
    if (whole_rows && outer.dst_index == nullptr) {
      for (std::uint64_t i = 0; i < outer.count; ++i) prefetch_for_write(dst + slice_dst(outer, i), row);
    }
    const std::size_t count = gather(src, outer, inner);
    POSIXPAR_RETURN_IF_ERROR(convert_(in_, out_.data(), count));
    const CopyDim rows{outer.count, row_bytes(inner, to_), outer.dst_step, nullptr, outer.dst_index};
    const CopyDim line{inner.count, static_cast<std::int64_t>(to_.bytes), inner.dst_step, nullptr, inner.dst_index};
    move_part(out_.data(), dst, rows, line, to_, isa_);
    return {};
  }

  /// Converts a part into rows that stay valid until the next call.
  Result<StagedRows> stage(const std::byte* src, const CopyDim& outer, const CopyDim& inner) {
    const std::size_t count = gather(src, outer, inner);
    POSIXPAR_RETURN_IF_ERROR(convert_(in_, out_.data(), count));
    return StagedRows{out_.data(), static_cast<std::size_t>(row_bytes(inner, to_))};
  }

 private:
  static std::int64_t row_bytes(const CopyDim& inner, Item item) {
    return static_cast<std::int64_t>(inner.count * item.bytes);
  }

  /// Points in_ at the elements of the part, contiguous and in native byte order.
  /// \returns the number of elements.
  std::size_t gather(const std::byte* src, const CopyDim& outer, const CopyDim& inner) {
    in_ = src;
    const auto row = static_cast<std::size_t>(row_bytes(inner, from_));
    if (from_.unit > 1 || !is_src_contiguous(inner, from_.bytes) || !is_src_contiguous(outer, row)) {
      const CopyDim rows{outer.count, outer.src_step, row_bytes(inner, from_), outer.src_index, nullptr};
      const CopyDim line{inner.count, inner.src_step, static_cast<std::int64_t>(from_.bytes), inner.src_index, nullptr};
      move_part(src, gathered_.data(), rows, line, from_, isa_);
      in_ = gathered_.data();
    }
    return static_cast<std::size_t>(outer.count * inner.count);
  }

  const LineConverter& convert_;
  Isa isa_;
  Item from_;
  Item to_;
  const std::byte* in_ = nullptr;
  alignas(kCacheLine) std::array<std::byte, LineConverter::kMaxElements * 16> gathered_;
  alignas(kCacheLine) std::array<std::byte, LineConverter::kMaxElements * 16> out_;
};

Status convert_elements(Box box, const Conversion& conversion, Isa isa) {
  const auto converter = LineConverter::make(conversion, isa);
  if (!converter.ok()) return converter.error();
  const Block whole = take_block(box);
  PartConverter part(conversion, *converter, isa);
  constexpr std::uint64_t kMax = LineConverter::kMaxElements;
  const std::size_t to_bytes = dtype_size(conversion.to);
  const StoreKind kind = choose_stores(whole, box, to_bytes);
  const bool staged = has_long_rows(whole, to_bytes) && (whole.transposition || kind == StoreKind::streaming);
  const RowStores stores(isa, staged ? kind : StoreKind::cached);
  Status status;
  for_each_block(
      whole, box, dtype_size(conversion.from), [&](const Block& block, const std::byte* src, std::byte* dst) {
        if (staged) {
          const std::uint64_t items = kPartRowBytes / to_bytes;
          const PartSize most{kMax / (items + kCacheLine / to_bytes), items};
          return for_each_staged_part(block, most, to_bytes, src, dst, stores,
                                      [&](const std::byte* from, const CopyDim& outer, const CopyDim& inner) {
                                        auto rows = part.stage(from, outer, inner);
                                        if (rows.ok()) return *rows;
                                        status = std::move(rows).error();
                                        return StagedRows{};
                                      });
        }
        const PartSize most = part_size(block, kMax, block.transposition ? kPartRows : kMax);
        return for_each_part(block, most, src, dst,
                             [&](const std::byte* from, std::byte* to, const CopyDim& outer, const CopyDim& inner) {
                               status = part.place(from, to, outer, inner);
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
  if (static_cast<std::size_t>(conversion.from) >= kDTypeCount ||
      static_cast<std::size_t>(conversion.to) >= kDTypeCount) {
    return kernel_error(ErrorKind::invalid, "copy", "expected known element types");
  }
  const Box box = simplify(src, dst, dims);
  if (box.empty) return {};
  const Isa isa = active_isa();
  if (!conversion.is_bytes_only()) return convert_elements(box, conversion, isa);
  const std::size_t unit = conversion.swap ? dtype_swap_size(conversion.from) : 1;
  copy_bytes(box, {dtype_size(conversion.from), unit}, isa);
  return {};
}

void byteswap_in_place(std::byte* data, std::size_t count, std::size_t unit) {
  swap_run(data, data, count * unit, unit, active_isa());
}

}  // namespace posixpar
