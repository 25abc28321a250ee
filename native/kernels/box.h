#pragma once
/// \file The dimensions of strided n-dimensional copies, and their normal form.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "native/base/error.h"
#include "native/kernels/scatter.h"

namespace posixpar {

[[nodiscard]] inline Error kernel_error(ErrorKind kind, const char* op, std::string message) {
  Error error;
  error.kind = kind;
  error.op = op;
  error.message = std::move(message);
  return error;
}

/// The unit of a copy: one element, or several contiguous elements that are copied together.
struct Item {
  std::size_t bytes = 1;
  /// Number of bytes that are reversed together (2, 4 or 8; divides `bytes`), or 1 for no byte swap.
  std::size_t unit = 1;
};

/// Returns the absolute value of `step`, also for the smallest int64.
[[nodiscard]] inline std::uint64_t magnitude(std::int64_t step) {
  const auto bits = static_cast<std::uint64_t>(step);
  return step < 0 ? 0 - bits : bits;
}

/// Returns `i * step` or `index[i] * step`. Uses wrapping arithmetic, because loops also compute the position after the
/// last one. The loops never use that position, but its offset may overflow.
[[nodiscard]] inline std::int64_t offset_of(std::uint64_t i, std::int64_t step, const std::uint64_t* index) {
  return static_cast<std::int64_t>((index != nullptr ? index[i] : i) * static_cast<std::uint64_t>(step));
}

/// Returns the elements [begin, begin + count) of `dim`. The caller adds slice_src() and slice_dst() to the base
/// pointers.
[[nodiscard]] inline CopyDim slice(const CopyDim& dim, std::uint64_t begin, std::uint64_t count) {
  return {count, dim.src_step, dim.dst_step, dim.src_index != nullptr ? dim.src_index + begin : nullptr,
          dim.dst_index != nullptr ? dim.dst_index + begin : nullptr};
}
/// Returns the number of bytes to add to the base pointer of a slice; 0 for an index list, whose entries are absolute.
[[nodiscard]] inline std::int64_t slice_src(const CopyDim& dim, std::uint64_t begin) {
  return dim.src_index != nullptr ? 0 : offset_of(begin, dim.src_step, nullptr);
}
[[nodiscard]] inline std::int64_t slice_dst(const CopyDim& dim, std::uint64_t begin) {
  return dim.dst_index != nullptr ? 0 : offset_of(begin, dim.dst_step, nullptr);
}

[[nodiscard]] inline bool is_indexed(const CopyDim& dim) {
  return dim.src_index != nullptr || dim.dst_index != nullptr;
}

/// A copy in normal form:
/// - no dimension has count 1;
/// - index lists that are arithmetic progressions are replaced by steps;
/// - `dst_step` is not negative, except with an index list;
/// - dimensions are in descending order of `dst_step`;
/// - two successive dimensions are merged if they are equivalent to one longer dimension.
struct Box {
  const std::byte* src = nullptr;
  std::byte* dst = nullptr;
  bool empty = false;
  std::size_t rank = 0;
  CopyDim dims[kMaxRank];

  [[nodiscard]] std::span<const CopyDim> outer(std::size_t count) const { return {dims, count}; }
  void remove(std::size_t i);
};

/// Converts a copy to normal form. `dims.size()` is at most kMaxRank.
[[nodiscard]] Box simplify(const std::byte* src, std::byte* dst, std::span<const CopyDim> dims);

/// Merges the dimension that is contiguous in both source and destination, if there is one, into the item.
/// \returns the new size of the item in bytes.
[[nodiscard]] std::size_t fold_contiguous(Box& box, std::size_t item_bytes);

/// Calls `visit(src, dst)` for each position of `dims` (the last varies fastest) until it returns false.
/// \returns false if `visit` returned false.
template <typename Visit>
bool for_each_position(std::span<const CopyDim> dims, const std::byte* src, std::byte* dst, Visit&& visit) {
  if (dims.empty()) return visit(src, dst);
  std::uint64_t at[kMaxRank] = {};
  const std::byte* src_base[kMaxRank + 1] = {src};
  std::byte* dst_base[kMaxRank + 1] = {dst};
  std::size_t level = 0;
  while (true) {
    for (; level < dims.size(); ++level) {
      const CopyDim& dim = dims[level];
      src_base[level + 1] = src_base[level] + offset_of(at[level], dim.src_step, dim.src_index);
      dst_base[level + 1] = dst_base[level] + offset_of(at[level], dim.dst_step, dim.dst_index);
    }
    if (!visit(src_base[level], dst_base[level])) return false;
    while (true) {
      if (level == 0) return true;
      --level;
      if (++at[level] < dims[level].count) break;
      at[level] = 0;
    }
  }
}

}  // namespace posixpar
