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

/// A run of a chunk's bytes and the elements in it. Offsets are relative to the chunk.
struct ChunkExtent {
  ChunkExtent() {}

  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::int64_t src_base = 0;   ///< Of the first element, relative to the extent.
  std::uint64_t dst_base = 0;  ///< bytes into the result
  std::uint32_t rank = 0;
  /// The first `rank` of them. The others hold anything: to clear all was half of the time of making a extent.
  union {
    std::array<CopyDim, kMaxRank> dims;
  };
  [[nodiscard]] std::span<const CopyDim> copy_dims() const { return {dims.data(), rank}; }
};

/// The geometry of one layer, positioned on one chunk. Cheap to copy; one per thread.
class ChunkGeometry {
 public:
  ChunkGeometry(const PlanLayer& layer, std::size_t out_size) : layer_(&layer), out_size_(out_size) {}

  /// Positions on chunk `index` of the layer, in row-major order of its box.
  void seek(std::uint64_t index);

  /// Grid coordinate in dimension `d`.
  [[nodiscard]] std::uint64_t coordinate(std::size_t d) const { return coordinates_[d]; }
  /// Bytes of the decoded chunk (of a clipped one, its own).
  [[nodiscard]] std::uint64_t chunk_bytes() const { return chunk_bytes_; }
  /// Selected elements in this chunk.
  [[nodiscard]] std::uint64_t elements() const { return elements_; }
  /// The bytes of the decoded chunk between the first and the last selected element.
  [[nodiscard]] Needed needed() const;
  [[nodiscard]] const PlanLayer& layer() const { return *layer_; }
  /// All selected elements; src_base is relative to the chunk.
  [[nodiscard]] ChunkExtent whole() const;
  /// Number of extents of the chunk when dimensions (in storage order) after `level` are whole and `level` is cut in
  /// blocks of `block` elements.
  [[nodiscard]] std::uint64_t extent_count(std::uint32_t level, std::uint64_t block) const;
  [[nodiscard]] ChunkExtent extent(std::uint32_t level, std::uint64_t block, std::uint64_t index) const;

 private:
  struct Bounds {
    std::uint64_t low;
    std::uint64_t high;
  };
  [[nodiscard]] const Segment& segment(std::size_t d) const { return layer_->dims[d].segments[segments_[d]]; }
  [[nodiscard]] Bounds bounds(std::size_t d, std::uint64_t begin, std::uint64_t end) const;
  /// Restricts dimension `d` of `extent` to elements [begin, end) and adds it to the dims; bases are advanced.
  void add_dim(ChunkExtent& extent, std::size_t d, std::uint64_t begin, std::uint64_t end) const;

  const PlanLayer* layer_;
  std::size_t out_size_;
  std::uint64_t chunk_bytes_ = 0;
  std::uint64_t elements_ = 0;
  std::array<std::uint32_t, kMaxRank> segments_{};
  std::array<std::uint64_t, kMaxRank> coordinates_{};
  std::array<std::uint64_t, kMaxRank> strides_{};
};

/// True if the bytes of the extent, as stored, are one run of the result. Then they are read into their place.
bool is_contiguous(const ChunkExtent& extent, const PlanLayer& layer, std::size_t element_size);

}  // namespace posixpar
