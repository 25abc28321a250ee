#pragma once
/// \file Maps the elements of one chunk to the result.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "native/codecs/codec.h"
#include "native/exec/plan/plan.h"
#include "native/kernels/scatter.h"

namespace posixpar {

/// A contiguous range of a chunk's bytes and the selected elements in it.
struct ChunkExtent {
  ChunkExtent() {}

  std::uint64_t offset = 0;  ///< Offset in the decoded chunk, in bytes.
  std::uint64_t length = 0;
  std::int64_t src_base = 0;   ///< Offset of the first selected element from the start of the extent, in bytes.
  std::uint64_t dst_base = 0;  ///< Offset of that element in the result, in bytes.
  std::uint32_t rank = 0;
  /// Only the first `rank` entries are valid. The others are not initialised, because clearing them would double the
  /// time needed to make an extent.
  union {
    std::array<CopyDim, kMaxRank> dims;
  };
  [[nodiscard]] std::span<const CopyDim> copy_dims() const { return {dims.data(), rank}; }
};

/// Computes which elements of a chunk one projection selects, and their positions in the result. seek() chooses the
/// chunk and the projection: the current use (ChunkUse). Not thread-safe: each thread makes an object, which is cheap.
class ChunkGeometry {
 public:
  /// \param out_size  size of an element of the result in bytes. 1 if offsets in the result are not needed.
  ChunkGeometry(const PlanLayer& layer, std::size_t out_size) : layer_(&layer), out_size_(out_size) {}

  /// Makes `use` the current use. If there is only one projection, use `i` is chunk `i`, in row-major order.
  void seek(std::uint64_t use);

  /// Grid coordinate of the chunk in dimension `d`.
  [[nodiscard]] std::uint64_t coordinate(std::size_t d) const { return coordinates_[d]; }
  /// Size of the decoded chunk in bytes. At the upper edge of a clipped grid, chunks may be smaller.
  [[nodiscard]] std::uint64_t chunk_bytes() const { return chunk_bytes_; }
  /// Number of elements that the current use selects in the chunk.
  [[nodiscard]] std::uint64_t elements() const { return elements_; }
  /// Byte range of the decoded chunk from the start of the first to the end of the last selected element.
  [[nodiscard]] Needed needed() const;
  [[nodiscard]] const PlanLayer& layer() const { return *layer_; }
  /// Returns the extent that covers the complete chunk, with all selected elements.
  [[nodiscard]] ChunkExtent whole() const;
  /// Returns the number of extents into which the selected elements of the chunk are split. Dimensions are counted in
  /// storage order: those before `level` are split into single elements, dimension `level` into blocks of `block`
  /// elements, and those after it are not split.
  [[nodiscard]] std::uint64_t extent_count(std::uint32_t level, std::uint64_t block) const;
  /// Returns one of the extents that extent_count() counts. \param index  number of the extent, less than
  /// extent_count(level, block). Extents are numbered in row-major order of the storage dimensions.
  [[nodiscard]] ChunkExtent extent(std::uint32_t level, std::uint64_t block, std::uint64_t index) const;

 private:
  struct Bounds {
    std::uint64_t low;
    std::uint64_t high;
  };
  [[nodiscard]] const Segment& segment(std::size_t d) const { return dims_[d].segments[segments_[d]]; }
  [[nodiscard]] Bounds bounds(std::size_t d, std::uint64_t begin, std::uint64_t end) const;
  /// Adds dimension `d` to `extent`, restricted to the selected elements [begin, end), and advances `src_base` and
  /// `dst_base` to the first of these elements.
  void add_dim(ChunkExtent& extent, std::size_t d, std::uint64_t begin, std::uint64_t end) const;

  const PlanLayer* layer_;
  const PlanDim* dims_ = nullptr;
  std::uint64_t out_base_ = 0;  ///< First byte of the box in the result.
  std::size_t out_size_;
  std::uint64_t chunk_bytes_ = 0;
  std::uint64_t elements_ = 0;
  std::array<std::uint32_t, kMaxRank> segments_{};
  std::array<std::uint64_t, kMaxRank> coordinates_{};
  std::array<std::uint64_t, kMaxRank> strides_{};
};

/// True if all elements of the extent are selected, each once.
bool is_dense(const ChunkExtent& extent, std::size_t element_size);

/// True if the stored bytes of the extent are a contiguous range of the result, so that they can be read into it.
bool is_contiguous(const ChunkExtent& extent, const PlanLayer& layer, std::size_t element_size);

}  // namespace posixpar
