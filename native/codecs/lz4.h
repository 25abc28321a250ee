#pragma once
/// \file Decodes and encodes raw LZ4 blocks with liblz4.
#include <optional>

#include "native/codecs/codec.h"

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_LZ4)
inline constexpr bool kHasLz4 = true;
#else
inline constexpr bool kHasLz4 = false;
#endif

/// Decodes a block.
/// \returns the decoded size, or nothing if the block is damaged or decodes to more than out.size() bytes.
[[nodiscard]] std::optional<std::size_t> lz4_decode(Bytes in, MutableBytes out);

/// Decodes the first `prefix` bytes of a block of out.size() bytes; the rest of `out` is unspecified. If prefix ==
/// out.size(), also checks that the block has exactly that size. \returns false if the block is damaged or has another
/// size.
[[nodiscard]] bool lz4_decode_prefix(Bytes in, MutableBytes out, std::size_t prefix);

/// Returns the maximum encoded size of `size` bytes; 0 if `size` is too large for one block, or kHasLz4 is false.
[[nodiscard]] std::size_t lz4_limit(std::size_t size);
/// Encodes `in` as one block. \returns the length of the block; 0 if `out` is too short, `in` is too large, or kHasLz4
/// is false.
[[nodiscard]] std::size_t lz4_encode(Bytes in, MutableBytes out);

}  // namespace posixpar::codecs
