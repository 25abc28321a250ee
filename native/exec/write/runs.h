#pragma once
/// \file Splits the elements that a box selects in a plain chunk into contiguous runs of the file.
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "native/exec/plan/geometry.h"
#include "native/kernels/scatter.h"

namespace posixpar {

/// Maximum length of a run if runs are not split.
inline constexpr std::uint64_t kUnlimitedRun = std::numeric_limits<std::uint64_t>::max();

/// A contiguous run of a file, and the elements of the source that are written to it.
struct FileRun {
  std::uint64_t offset = 0;  ///< Offset in the chunk.
  std::uint64_t length = 0;
  std::int64_t from = 0;  ///< Offset of the first element in the source, in bytes.
  std::uint32_t rank = 0;
  std::array<CopyDim, kMaxRank> dims;  ///< Dimensions of the copy to the run; the first `rank` are valid.
  [[nodiscard]] std::span<const CopyDim> copy_dims() const { return {dims.data(), rank}; }
};

/// Copies a part of a run from the source and converts its elements. \param begin  offset of the part in the run, a
/// multiple of the size of a stored element, as is `end`. \param into  receives the bytes from `begin` on.
/// \returns as copy_nd().
Status copy_run_part(const FileRun& run, const std::byte* source, std::uint64_t begin, std::uint64_t end,
                     const Conversion& conversion, std::byte* into);

/// A range of bytes of a run.
struct RunRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Returns the part of a run that begins and ends at multiples of `alignment` in the file. If there is none, returns an
/// empty range at the end of the run. \param offset  offset of the run in the file.
RunRange aligned_middle(std::uint64_t offset, std::uint64_t length, std::uint64_t alignment);

/// The runs of the file that a write changes in one chunk, for one box. No run contains a byte outside the box. at()
/// computes a run from its index, so the object has a fixed size.
class FileRuns {
 public:
  /// \param geometry  positioned by seek() at the chunk and box whose selected elements are divided into runs.
  /// \param source_bytes  size of an element of the source in bytes.
  /// \param max_bytes  longer runs are split, but never within an element.
  FileRuns(const ChunkGeometry& geometry, std::size_t source_bytes, std::uint64_t max_bytes);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Length of the longest run in bytes of the file.
  [[nodiscard]] std::uint64_t run_bytes() const { return run_bytes_; }
  [[nodiscard]] FileRun at(std::uint64_t index) const;
  /// True if each run is also contiguous in the source, in the same order.
  [[nodiscard]] bool contiguous_in_source() const { return contiguous_in_source_; }

 private:
  void add_dims(const ChunkExtent& whole, const PlanLayer& layer);
  void split(std::uint64_t max_bytes);

  std::size_t element_bytes_;
  std::int64_t file_base_ = 0;
  std::int64_t source_base_ = 0;
  std::size_t rank_ = 0;
  std::size_t outer_ = 0;                 // Number of outer dimensions: each of their positions begins a new run.
  std::array<CopyDim, kMaxRank> dims_{};  // In storage order; the destination is the file.
  // Maximum number of positions of the first inner dimension, `dims_[outer_]`, in a run.
  std::uint64_t block_ = 1;
  std::uint64_t blocks_ = 1;
  std::uint64_t run_bytes_ = 0;
  std::uint64_t count_ = 1;
  bool contiguous_in_source_ = true;
};

}  // namespace posixpar
