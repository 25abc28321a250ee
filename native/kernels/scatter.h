#pragma once
/// \file Copies elements between a decoded chunk and the result. This is a strided n-dimensional copy with byte swap,
/// type conversion, and linear scaling or decoding.
#include <cstddef>
#include <cstdint>
#include <span>

#include "native/base/dtype.h"
#include "native/base/generated/choices.h"
#include "native/base/generated/limits.h"
#include "native/base/result.h"
#include "native/kernels/decode.h"

namespace posixpar {

/// Transformation of each element during a copy.
struct Conversion {
  DType from = DType::uint8;
  DType to = DType::uint8;
  bool swap = false;  ///< True if the source is not in native byte order.
  Overflow overflow = Overflow::error;
  bool scaled = false;  ///< True to compute `stored * scale + offset` in double before the conversion to `to`.
  double scale = 1;
  double offset = 0;
  const Decoding* decoding = nullptr;  ///< Decodes stored values instead of scaling them, if not null. Not owned.
  DecodedPart part = DecodedPart::values;

  [[nodiscard]] bool identity() const { return is_bytes_only() && !swap; }
  /// Returns true if the types are equal and values do not change, apart from a byte swap.
  [[nodiscard]] bool is_bytes_only() const { return from == to && !scaled && decoding == nullptr; }
};

/// One dimension of a copy. Steps are in bytes and may be negative or zero. With a non-null index list, element i is at
/// offset `src_index[i] * src_step` (or `dst_index[i] * dst_step`) instead of `i * step`.
struct CopyDim {
  std::uint64_t count = 1;
  std::int64_t src_step = 0;
  std::int64_t dst_step = 0;
  const std::uint64_t* src_index = nullptr;
  const std::uint64_t* dst_index = nullptr;
};

/// Returns the number of elements of a box.
[[nodiscard]] inline std::uint64_t count_elements(std::span<const CopyDim> dims) {
  std::uint64_t count = 1;
  for (const CopyDim& dim : dims) count *= dim.count;
  return count;
}

/// Copies the elements of the box `dims` from `src` to `dst` and converts each of them.
/// Element offsets are relative to `src` and `dst`. The source and the destination need no alignment and do not
/// overlap. The dimensions may be in any order. If there are no dimensions, copies one element.
/// \returns an error of kind `conversion` that names a value that does not fit; `invalid` if there are more than
/// kMaxRank dimensions, or if LineConverter does not support the conversion.
Status copy_nd(const std::byte* src, std::byte* dst, std::span<const CopyDim> dims, const Conversion& conversion);

/// Sets every element of the box to the `element_bytes` bytes at `value`.
void fill_nd(std::byte* dst, std::span<const CopyDim> dims, const std::byte* value, std::size_t element_bytes);

/// Reverses the bytes of `count` units of `unit` (2, 4 or 8) bytes in place; no alignment needed.
void byteswap_in_place(std::byte* data, std::size_t count, std::size_t unit);

}  // namespace posixpar
