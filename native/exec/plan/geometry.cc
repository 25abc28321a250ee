#include "native/exec/plan/geometry.h"

#include <algorithm>
#include <memory>

namespace posixpar {

void ChunkGeometry::seek(std::uint64_t use) {
  const ChunkUse found = layer_->uses.empty() ? ChunkUse{0, static_cast<std::uint32_t>(use)} : layer_->uses[use];
  const Projection& projection = layer_->projection(found.projection);
  dims_ = projection.dims.data();
  out_base_ = projection.out_base * out_size_;
  std::uint64_t index = found.index;
  const std::size_t rank = layer_->rank();
  for (std::size_t d = rank; d-- > 0;) {
    const std::uint64_t n = dims_[d].segments.size();
    segments_[d] = static_cast<std::uint32_t>(index % n);
    index /= n;
  }
  std::uint64_t stride = dtype_size(layer_->stored);
  std::uint64_t last = 0;  // Distance from the first to the last element of the chunk.
  elements_ = 1;
  for (std::size_t i = rank; i-- > 0;) {
    const std::size_t d = layer_->axis_order[i];
    const PlanDim& dim = dims_[d];
    coordinates_[d] = segment(d).chunk;
    if (dim.pitch != 0) stride = dim.pitch;
    strides_[d] = stride;
    std::uint64_t size = dim.chunk_shape;
    if (layer_->clipped) {
      const std::uint64_t low = coordinates_[d] * dim.chunk_shape;
      size = std::min(size, dim.grid_shape > low ? dim.grid_shape - low : 0);
    }
    last += (size - 1) * stride;
    stride *= size;
    elements_ *= segment(d).count;
  }
  chunk_bytes_ = layer_->spaced ? layer_->element_offset + last + dtype_size(layer_->stored) + layer_->tail : stride;
}

ChunkGeometry::Bounds ChunkGeometry::bounds(std::size_t d, std::uint64_t begin, std::uint64_t end) const {
  const Segment& s = segment(d);
  if (s.list >= 0) {
    const std::uint64_t* from = dims_[d].from.data() + s.list;
    return {from[begin], from[end - 1]};
  }
  const auto first = static_cast<std::uint64_t>(s.from + static_cast<std::int64_t>(begin) * s.step);
  const auto last = static_cast<std::uint64_t>(s.from + static_cast<std::int64_t>(end - 1) * s.step);
  return {std::min(first, last), std::max(first, last)};
}

void ChunkGeometry::add_dim(ChunkExtent& extent, std::size_t d, std::uint64_t begin, std::uint64_t end) const {
  const Segment& s = segment(d);
  const auto stride = static_cast<std::int64_t>(strides_[d]);
  const auto out_stride = dims_[d].out_stride * out_size_;
  CopyDim& dim = *std::construct_at(&extent.dims[extent.rank++]);
  dim.count = end - begin;
  dim.dst_step = static_cast<std::int64_t>(out_stride);
  if (s.list >= 0) {
    const std::uint64_t* from = dims_[d].from.data() + s.list + begin;
    const std::uint64_t* out = dims_[d].out.data() + s.list + begin;
    if (dim.count == 1) {
      extent.src_base += static_cast<std::int64_t>(*from) * stride;
      extent.dst_base += *out * out_stride;
      return;
    }
    dim.src_step = stride;
    dim.src_index = from;
    dim.dst_index = out;
    return;
  }
  dim.src_step = stride * s.step;
  extent.src_base += (s.from + static_cast<std::int64_t>(begin) * s.step) * stride;
  extent.dst_base += (s.out + begin) * out_stride;
}

Needed ChunkGeometry::needed() const {
  std::uint64_t low = layer_->element_offset;
  std::uint64_t high = layer_->element_offset;
  for (std::size_t d = 0; d < layer_->rank(); d++) {
    const Bounds b = bounds(d, 0, segment(d).count);
    low += b.low * strides_[d];
    high += b.high * strides_[d];
  }
  return {low, high + dtype_size(layer_->stored)};
}

ChunkExtent ChunkGeometry::whole() const {
  ChunkExtent extent;
  extent.length = chunk_bytes_;
  extent.src_base = static_cast<std::int64_t>(layer_->element_offset);
  extent.dst_base = out_base_;
  for (std::size_t d = 0; d < layer_->rank(); d++) add_dim(extent, d, 0, segment(d).count);
  return extent;
}

std::uint64_t ChunkGeometry::extent_count(std::uint32_t level, std::uint64_t block) const {
  if (layer_->rank() == 0) return 1;
  std::uint64_t n = 1;
  for (std::uint32_t i = 0; i < level; i++) n *= segment(layer_->axis_order[i]).count;
  const std::uint64_t count = segment(layer_->axis_order[level]).count;
  return n * (block >= count ? 1 : (count + block - 1) / block);
}

ChunkExtent ChunkGeometry::extent(std::uint32_t level, std::uint64_t block, std::uint64_t index) const {
  const std::size_t rank = layer_->rank();
  const std::size_t element = dtype_size(layer_->stored);
  ChunkExtent extent;
  extent.offset = layer_->element_offset;
  extent.length = element;
  extent.dst_base = out_base_;
  if (rank == 0) return extent;
  const std::size_t at = layer_->axis_order[level];
  const std::uint64_t count = segment(at).count;
  const std::uint64_t step = std::min(block, count);
  const std::uint64_t blocks = (count + step - 1) / step;
  const std::uint64_t begin = (index % blocks) * step;
  index /= blocks;
  std::array<std::uint64_t, kMaxRank> position;  // Only the first `level` entries are used.
  for (std::uint32_t i = level; i-- > 0;) {
    const std::uint64_t n = segment(layer_->axis_order[i]).count;
    position[i] = index % n;
    index /= n;
  }
  for (std::size_t i = 0; i < rank; i++) {
    const std::size_t d = layer_->axis_order[i];
    std::uint64_t b = 0;
    std::uint64_t e = segment(d).count;
    if (i < level) {
      b = position[i];
      e = b + 1;
    } else if (i == level) {
      b = begin;
      e = std::min(begin + step, count);
    }
    const Bounds low_high = bounds(d, b, e);
    extent.offset += low_high.low * strides_[d];
    extent.length += (low_high.high - low_high.low) * strides_[d];
    add_dim(extent, d, b, e);
  }
  extent.src_base += static_cast<std::int64_t>(layer_->element_offset) - static_cast<std::int64_t>(extent.offset);
  return extent;
}

bool is_dense(const ChunkExtent& extent, std::size_t element_size) {
  // A list may contain an index several times.
  const bool has_list =
      std::ranges::any_of(extent.copy_dims(), [](const CopyDim& dim) { return dim.src_index != nullptr; });
  return !has_list && extent.length == count_elements(extent.copy_dims()) * element_size;
}

bool is_contiguous(const ChunkExtent& extent, const PlanLayer& layer, std::size_t element_size) {
  // Searches for the dimension with the expected step, because the order of `dims` varies: extent() fills them in
  // storage order, whole() in the order of the array's dimensions.
  std::int64_t expected = static_cast<std::int64_t>(element_size);
  std::array<bool, kMaxRank> used{};
  const std::size_t rank = layer.rank();
  for (std::size_t round = 0; round < rank; round++) {
    bool found = false;
    bool left = false;
    for (std::size_t i = 0; i < rank; i++) {
      const CopyDim& dim = extent.dims[i];
      if (used[i] || dim.count == 1) continue;
      left = true;
      if (dim.src_index != nullptr || dim.src_step != expected || dim.dst_step != expected) continue;
      used[i] = true;
      found = true;
      expected *= static_cast<std::int64_t>(dim.count);
      break;
    }
    if (!left) return true;
    if (!found) return false;
  }
  return true;
}

}  // namespace posixpar
