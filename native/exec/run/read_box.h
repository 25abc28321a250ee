#pragma once
/// \file Reads a small box of an uncompressed array on the calling thread, without a plan. Making, encoding and
/// decoding a plan takes several times as long as copying a cached row (docs/adr/0001-cached-data.md).
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "native/base/generated/limits.h"
#include "native/exec/run/counters.h"
#include "native/kernels/scatter.h"
#include "native/sys/open_file.h"

namespace posixpar {

/// Selected elements of an array in C order, as contiguous runs of a file. A run goes to a run of the result.
struct FileBox {
  FileBox() {}

  std::uint64_t begin = 0;      ///< Offset of the first run in the file, in bytes.
  std::uint64_t end = 0;        ///< Offset of the end of the last run.
  std::uint64_t run_bytes = 0;  ///< Length of each run.
  std::uint64_t runs = 1;       ///< Number of runs.
  std::uint32_t rank = 0;
  /// Dimensions of the runs, slowest first; steps are in bytes. Only the first `rank` entries are valid. The others are
  /// not initialised, because clearing them would take longer than the rest.
  union {
    std::array<CopyDim, kMaxRank> dims;
  };

  [[nodiscard]] std::uint64_t bytes() const { return runs * run_bytes; }
};

/// Decodes the numbers of `wire::BoxWord`.
/// \returns nothing if a number is invalid, if the box is empty or larger than 128 KiB, or if it is outside the array.
std::optional<FileBox> decode_box(std::span<const double> words);

/// Reads a box, if the data is in the page cache and no call can wait, as Read::run_without_waiting() does.
/// \param target  memory of FileBox::bytes() bytes.
/// \param counters  receives the counters of the read.
/// \returns false if the read must be performed by a Read, which also reports errors. Part of `target` may be
/// overwritten then.
bool read_box(sys::OpenFile& file, const FileBox& box, std::byte* target, ReadCounters& counters);

}  // namespace posixpar
