#include <algorithm>
#include <cstring>

#include "native/kernels/box.h"
#include "native/kernels/move.h"
#include "native/kernels/scatter.h"

namespace posixpar {
namespace {

/// Repeats the `element_bytes` bytes at `value` to fill `bytes` bytes at `run`; `bytes` is a multiple of
/// `element_bytes`.
void fill_run(std::byte* run, std::size_t bytes, const std::byte* value, std::size_t element_bytes) {
  if (std::all_of(value, value + element_bytes, [value](std::byte b) { return b == value[0]; })) {
    std::memset(run, std::to_integer<int>(value[0]), bytes);
    return;
  }
  // Doubles the filled part with each copy. Limits the size of a copy, so that its source stays in the L1 cache.
  constexpr std::size_t kMaxCopy = 16384;
  const std::size_t most = std::max(kMaxCopy - kMaxCopy % element_bytes, element_bytes);
  std::memcpy(run, value, element_bytes);
  for (std::size_t done = element_bytes; done < bytes;) {
    const std::size_t piece = std::min({done, most, bytes - done});
    std::memcpy(run + done, run, piece);
    done += piece;
  }
}

}  // namespace

void fill_nd(std::byte* dst, std::span<const CopyDim> dims, const std::byte* value, std::size_t element_bytes) {
  if (dims.size() > kMaxRank || element_bytes == 0) return;
  // Describes the fill as a copy whose source has the same steps as the destination, so that simplify() finds
  // contiguous dimensions.
  CopyDim same[kMaxRank];
  std::transform(dims.begin(), dims.end(), same, [](const CopyDim& dim) {
    return CopyDim{dim.count, dim.dst_step, dim.dst_step, dim.dst_index, dim.dst_index};
  });
  Box box = simplify(dst, dst, std::span(same, dims.size()));
  if (box.empty) return;
  const std::size_t bytes = fold_contiguous(box, element_bytes);

  // Copies short items from a prepared item, which stays in the L1 cache.
  constexpr std::size_t kShort = 4096;
  if (bytes > kShort || box.rank == 0) {
    for_each_position(box.outer(box.rank), box.src, box.dst, [&](const std::byte*, std::byte* run) {
      fill_run(run, bytes, value, element_bytes);
      return true;
    });
    return;
  }
  std::byte pattern[kShort];
  fill_run(pattern, bytes, value, element_bytes);
  const auto still = [](CopyDim dim) {
    dim.src_step = 0;
    dim.src_index = nullptr;
    return dim;
  };
  const CopyDim inner = still(box.dims[box.rank - 1]);
  const CopyDim outer = box.rank > 1 ? still(box.dims[box.rank - 2]) : CopyDim{};
  const Mover move = mover_for({bytes, 1}, active_isa());
  for_each_position(box.outer(box.rank > 1 ? box.rank - 2 : 0), box.src, box.dst, [&](const std::byte*, std::byte* at) {
    move(pattern, at, outer, inner);
    return true;
  });
}

}  // namespace posixpar
