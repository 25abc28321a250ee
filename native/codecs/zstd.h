#pragma once
/// \file Zstandard frames (RFC 8878) by libzstd.
#include <optional>

#include "native/codecs/codec.h"

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_ZSTD)
inline constexpr bool kHasZstd = true;
#else
inline constexpr bool kHasZstd = false;
#endif

/// Decodes all frames of `in`, skippable ones and those without a content size included.
/// \returns the number of decoded bytes, or nothing when damaged or more than `out` has room for.
[[nodiscard]] std::optional<std::size_t> zstd_decode(Bytes in, MutableBytes out);

/// Decodes at least the first `prefix` bytes; out.size() must be the size of the whole, of which the rest is left
/// unspecified.
/// \returns false when damaged or too short.
[[nodiscard]] bool zstd_decode_prefix(Bytes in, MutableBytes out, std::size_t prefix);

}  // namespace posixpar::codecs
