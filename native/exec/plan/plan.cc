#include "native/exec/plan/plan.h"

namespace posixpar {

bool Locations::has_file_per_chunk() const {
  return kind == Kind::names || (kind == Kind::paths && (paths.empty() || paths.size() > kMaxOpenPaths));
}

bool Locations::is_known_absent(std::uint64_t index) const {
  switch (kind) {
    case Kind::absent:
      return true;
    case Kind::names:
      return false;
    case Kind::open_file:
    case Kind::paths:
      return offsets[index] < 0;
  }
  return true;
}

bool Locations::allows_open_by_channel() const {
  // A channel opens files with openat(2), which is not confined to roots.
  if (!has_file_per_chunk() || roots != nullptr) return false;
  if (directory != nullptr && directory->roots() != nullptr) return false;
  return kind == Kind::names || (stamps.empty() && inline_bytes.empty() && extent_starts.empty());
}

std::uint64_t PlanLayer::chunk_bytes() const {
  std::uint64_t stride = dtype_size(stored);
  std::uint64_t last = 0;  // Distance from the first to the last element.
  for (std::size_t i = rank(); i-- > 0;) {
    const PlanDim& dim = first.dims[axis_order[i]];
    if (dim.pitch != 0) stride = dim.pitch;
    last += (dim.chunk_shape - 1) * stride;
    stride *= dim.chunk_shape;
  }
  return element_offset + last + dtype_size(stored) + tail;
}

std::uint64_t Plan::chunk_count() const {
  std::uint64_t count = 0;
  for (const PlanLayer& layer : layers) count += layer.chunk_count;
  return count;
}

Conversion Plan::conversion(DType stored, bool swap) const {
  Conversion conversion;
  conversion.from = stored;
  conversion.to = out_type;
  conversion.swap = swap;
  conversion.overflow = overflow;
  conversion.scaled = scaled;
  conversion.scale = scale;
  conversion.offset = offset;
  if (decoding && !keeps_values) conversion.decoding = &*decoding;
  return conversion;
}

std::optional<Conversion> Plan::mask_conversion(DType stored, bool swap) const {
  if (!decoding || !masked) return std::nullopt;
  Conversion mask = conversion(stored, swap);
  mask.to = DType::bool8;
  mask.decoding = &*decoding;
  mask.part = DecodedPart::mask;
  return mask;
}

bool Plan::copies_stored_bytes(const PlanLayer& layer) const {
  return !(decoding && masked) && conversion(layer.stored, layer.swap).is_bytes_only();
}

sys::Access Plan::buffered_access() const {
  switch (readahead) {
    case Readahead::none:
    case Readahead::random:
      return sys::Access::random;
    case Readahead::sequential:
      return sys::Access::sequential;
    case Readahead::kernel:
      // Disables read-ahead, because it could add pages that the eviction after the read does not know about.
      return drops_cache() ? sys::Access::random : sys::Access::normal;
    case Readahead::bytes:
      return sys::Access::normal;
  }
  return sys::Access::normal;
}

}  // namespace posixpar
