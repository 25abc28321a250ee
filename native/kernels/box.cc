#include "native/kernels/box.h"

#include <algorithm>
#include <utility>

namespace posixpar {
namespace {

/// Returns true if `index` is an arithmetic progression. Sets `difference` to the distance of its elements, modulo
/// 2^64: negative differences wrap.
bool is_progression(const std::uint64_t* index, std::uint64_t count, std::uint64_t& difference) {
  difference = count > 1 ? index[1] - index[0] : 0;
  for (std::uint64_t i = 2; i < count; ++i) {
    if (index[i] - index[i - 1] != difference) return false;
  }
  return true;
}

/// Replaces an index list that is an arithmetic progression by a step.
/// \returns the number of bytes to add to the base pointer.
std::int64_t resolve_index(const std::uint64_t*& index, std::uint64_t count, std::int64_t& step) {
  std::uint64_t difference = 0;
  if (index == nullptr || !is_progression(index, count, difference)) return 0;
  const std::int64_t base = offset_of(0, step, index);
  step = static_cast<std::int64_t>(difference * static_cast<std::uint64_t>(step));
  index = nullptr;
  return base;
}

bool continues(std::int64_t outer, std::int64_t inner, std::uint64_t count) {
  std::int64_t whole = 0;
  return !__builtin_mul_overflow(inner, count, &whole) && outer == whole;
}

bool can_merge(const CopyDim& outer, const CopyDim& inner) {
  std::uint64_t count = 0;
  return !__builtin_mul_overflow(outer.count, inner.count, &count) && !is_indexed(outer) && !is_indexed(inner) &&
         continues(outer.src_step, inner.src_step, inner.count) &&
         continues(outer.dst_step, inner.dst_step, inner.count);
}

bool comes_before(const CopyDim& a, const CopyDim& b) {
  const auto da = magnitude(a.dst_step);
  const auto db = magnitude(b.dst_step);
  return da != db ? da > db : magnitude(a.src_step) > magnitude(b.src_step);
}

/// Uses insertion sort, because there are few dimensions and they are mostly sorted.
void sort_by_step(Box& box) {
  for (std::size_t i = 1; i < box.rank; ++i) {
    for (std::size_t j = i; j > 0 && comes_before(box.dims[j], box.dims[j - 1]); --j)
      std::swap(box.dims[j], box.dims[j - 1]);
  }
}

}  // namespace

void Box::remove(std::size_t i) {
  std::copy(dims + i + 1, dims + rank, dims + i);
  --rank;
}

Box simplify(const std::byte* src, std::byte* dst, std::span<const CopyDim> dims) {
  Box box;
  box.src = src;
  box.dst = dst;
  for (CopyDim dim : dims) {
    if (dim.count == 0) {
      box.empty = true;
      return box;
    }
    box.src += resolve_index(dim.src_index, dim.count, dim.src_step);
    box.dst += resolve_index(dim.dst_index, dim.count, dim.dst_step);
    if (dim.count == 1) continue;
    if (dim.dst_step < 0 && !is_indexed(dim)) {
      box.src += offset_of(dim.count - 1, dim.src_step, nullptr);
      box.dst += offset_of(dim.count - 1, dim.dst_step, nullptr);
      dim.src_step = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(dim.src_step));
      dim.dst_step = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(dim.dst_step));
    }
    box.dims[box.rank++] = dim;
  }
  sort_by_step(box);
  for (std::size_t i = box.rank; i-- > 1;) {
    CopyDim& outer = box.dims[i - 1];
    const CopyDim& inner = box.dims[i];
    if (!can_merge(outer, inner)) continue;
    outer.count *= inner.count;
    outer.src_step = inner.src_step;
    outer.dst_step = inner.dst_step;
    box.remove(i);
  }
  return box;
}

std::size_t fold_contiguous(Box& box, std::size_t item_bytes) {
  const auto bytes = static_cast<std::int64_t>(item_bytes);
  for (std::size_t i = 0; i < box.rank; ++i) {
    const CopyDim& dim = box.dims[i];
    if (is_indexed(dim) || dim.src_step != bytes || dim.dst_step != bytes) continue;
    item_bytes *= static_cast<std::size_t>(dim.count);
    box.remove(i);
    break;
  }
  return item_bytes;
}

}  // namespace posixpar
