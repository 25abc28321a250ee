#pragma once
/// \file Moving elements between a decoded block and the result: strided n-dimensional copy with byte swap, type
/// conversion and linear scaling on the way.
#include <cstddef>
#include <cstdint>
#include <span>

#include "native/base/dtype.h"
#include "native/base/generated/choices.h"
#include "native/base/generated/limits.h"
#include "native/base/result.h"
#include "native/kernels/decode.h"

namespace posixpar {

/// How each element changes on its way. `identity()` copies bytes.
struct Conversion {
  DType from = DType::uint8;
  DType to = DType::uint8;
  bool swap = false;  ///< The source's byte order is not the machine's.
  Overflow overflow = Overflow::error;
  bool scaled = false;  ///< value = stored * scale + offset, computed in double, before conversion to `to`.
  double scale = 1;
  double offset = 0;
  const Decoding* decoding = nullptr;  ///< Not owned. Instead of scaling: what stored values mean.
  DecodedPart part = DecodedPart::values;

  [[nodiscard]] bool identity() const { return bytes_only() && !swap; }
  /// Same type: only bytes move (swapped or not).
  [[nodiscard]] bool bytes_only() const { return from == to && !scaled && decoding == nullptr; }
};

/// One dimension of a copy. Steps are in bytes and may be negative or zero. Where an index list is given (non-null),
/// element i is at `src_index[i] * src_step` / `dst_index[i] * dst_step` instead of `i * step`.
struct CopyDim {
  std::uint64_t count = 1;
  std::int64_t src_step = 0;
  std::int64_t dst_step = 0;
  const std::uint64_t* src_index = nullptr;
  const std::uint64_t* dst_index = nullptr;
};

/// Copies the product of `dims` from `src` to `dst`, converting each element.
/// Contract: `src` and `dst` point at element (0, ..., 0) of the copy; elements need no alignment; the two do not
/// overlap; dims in any order (the kernel reorders, merges and blocks them as it likes). Zero dims copy one element.
/// \returns an error of kind `conversion` that names the first value (in some order) which does not fit.
Status copy_nd(const std::byte* src, std::byte* dst, std::span<const CopyDim> dims, const Conversion& conversion);

/// Writes `element_bytes` bytes at `value` to every element of the box.
void fill_nd(std::byte* dst, std::span<const CopyDim> dims, const std::byte* value, std::size_t element_bytes);

/// Swaps the bytes of `count` units of `unit` (2, 4 or 8) bytes in place; no alignment needed.
void byteswap_in_place(std::byte* data, std::size_t count, std::size_t unit);

}  // namespace posixpar
