#include "native/exec/write/runs.h"

#include <algorithm>

namespace posixpar {
namespace {

std::int64_t position(std::uint64_t i, std::int64_t step, const std::uint64_t* index) {
  return static_cast<std::int64_t>(index != nullptr ? index[i] : i) * step;
}

bool is_consecutive(const std::uint64_t* index, std::uint64_t count) {
  for (std::uint64_t i = 1; i < count; i++) {
    if (index[i] != index[0] + i) return false;
  }
  return true;
}

/// Copies elements [begin, end) of the box `dims`, counted in row-major order, to contiguous memory.
Status copy_elements(std::span<const CopyDim> dims, const std::byte* src, std::uint64_t begin, std::uint64_t end,
                     const Conversion& conversion, std::byte* into) {
  if (begin == end) return {};
  if (dims.empty()) return copy_nd(src, into, dims, conversion);
  const std::size_t size = dtype_size(conversion.to);
  std::array<CopyDim, kMaxRank> rows{};
  std::ranges::copy(dims, rows.begin());
  std::uint64_t row = 1;  // Number of elements of a row: of the box without its first dimension.
  for (const CopyDim& dim : dims.subspan(1)) row *= dim.count;
  while (begin < end) {
    const std::uint64_t i = begin / row;
    const std::byte* from = src + position(i, dims[0].src_step, dims[0].src_index);
    std::uint64_t stop = std::min(end, (i + 1) * row);
    if (begin % row == 0 && end - begin >= row) {
      rows[0].count = (end - begin) / row;
      stop = begin + rows[0].count * row;
      if (dims[0].src_index != nullptr) {
        rows[0].src_index = dims[0].src_index + i;
        from = src;
      }
      POSIXPAR_RETURN_IF_ERROR(copy_nd(from, into, {rows.data(), dims.size()}, conversion));
    } else {
      const std::uint64_t first = begin % row;
      POSIXPAR_RETURN_IF_ERROR(copy_elements(dims.subspan(1), from, first, first + stop - begin, conversion, into));
    }
    into += (stop - begin) * size;
    begin = stop;
  }
  return {};
}

}  // namespace

Status copy_run_part(const FileRun& run, const std::byte* source, std::uint64_t begin, std::uint64_t end,
                     const Conversion& conversion, std::byte* into) {
  const std::size_t size = dtype_size(conversion.to);
  return copy_elements(run.copy_dims(), source + run.from, begin / size, end / size, conversion, into);
}

RunRange aligned_middle(std::uint64_t offset, std::uint64_t length, std::uint64_t alignment) {
  const std::uint64_t end = offset + length;
  const std::uint64_t first = (offset + alignment - 1) / alignment * alignment;
  const std::uint64_t last = end / alignment * alignment;
  if (first >= last) return {length, length};
  return {first - offset, last - offset};
}

FileRuns::FileRuns(const ChunkGeometry& geometry, std::size_t source_bytes, std::uint64_t max_bytes)
    : element_bytes_(dtype_size(geometry.layer().stored)) {
  add_dims(geometry.whole(), geometry.layer());
  split(max_bytes);
  std::int64_t expected = static_cast<std::int64_t>(source_bytes);
  for (std::size_t d = rank_; d-- > outer_;) {
    contiguous_in_source_ &= dims_[d].src_index == nullptr && dims_[d].src_step == expected;
    expected *= static_cast<std::int64_t>(dims_[d].count);
  }
}

void FileRuns::add_dims(const ChunkExtent& whole, const PlanLayer& layer) {
  file_base_ = whole.src_base;
  source_base_ = static_cast<std::int64_t>(whole.dst_base);
  for (const std::uint32_t d : layer.axis_order) {
    const CopyDim& read = whole.dims[d];
    if (read.count == 1) continue;
    CopyDim dim{read.count, read.dst_step, read.src_step, read.dst_index, read.src_index};
    if (dim.dst_index == nullptr && dim.dst_step < 0) {
      // The box is reversed in this dimension. Starts at its last element, so that offsets in the file ascend.
      const auto last = static_cast<std::int64_t>(dim.count - 1);
      file_base_ += last * dim.dst_step;
      source_base_ += last * dim.src_step;
      dim.dst_step = -dim.dst_step;
      dim.src_step = -dim.src_step;
    }
    if (dim.dst_index != nullptr && dim.dst_step > 0 && is_consecutive(dim.dst_index, dim.count)) {
      // The list selects consecutive, ascending indices of this dimension in the file. The positions of these elements
      // in the source may have another order.
      file_base_ += position(0, dim.dst_step, dim.dst_index);
      dim.dst_index = nullptr;
    }
    dims_[rank_++] = dim;
  }
}

void FileRuns::split(std::uint64_t max_bytes) {
  run_bytes_ = element_bytes_;
  outer_ = rank_;
  while (outer_ > 0) {
    const CopyDim& dim = dims_[outer_ - 1];
    if (dim.dst_index != nullptr || dim.dst_step != static_cast<std::int64_t>(run_bytes_)) break;
    run_bytes_ *= dim.count;
    outer_--;
  }
  // If even one position of a dimension has more bytes than a run may have, each of its positions begins a new run.
  while (outer_ < rank_ && run_bytes_ / dims_[outer_].count > max_bytes) run_bytes_ /= dims_[outer_++].count;
  if (outer_ < rank_) {
    const std::uint64_t count = dims_[outer_].count;
    const std::uint64_t row = run_bytes_ / count;
    block_ = std::clamp<std::uint64_t>(max_bytes / row, 1, count);
    blocks_ = (count - 1) / block_ + 1;
    run_bytes_ = row * block_;
  }
  count_ = blocks_;
  for (std::size_t d = 0; d < outer_; d++) count_ *= dims_[d].count;
}

FileRun FileRuns::at(std::uint64_t index) const {
  FileRun run;
  const std::uint64_t first = index % blocks_ * block_;
  index /= blocks_;
  std::int64_t offset = file_base_;
  run.from = source_base_;
  run.length = element_bytes_;
  for (std::size_t d = outer_; d-- > 0;) {
    const CopyDim& dim = dims_[d];
    const std::uint64_t i = index % dim.count;
    index /= dim.count;
    offset += position(i, dim.dst_step, dim.dst_index);
    run.from += position(i, dim.src_step, dim.src_index);
  }
  for (std::size_t d = outer_; d < rank_; d++) {
    CopyDim dim = dims_[d];
    if (d == outer_) {
      offset += position(first, dim.dst_step, nullptr);
      if (dim.src_index != nullptr) {
        dim.src_index += first;
      } else {
        run.from += position(first, dim.src_step, nullptr);
      }
      dim.count = std::min(block_, dim.count - first);
    }
    run.length *= dim.count;
    run.dims[run.rank++] = dim;
  }
  run.offset = static_cast<std::uint64_t>(offset);
  return run;
}

}  // namespace posixpar
