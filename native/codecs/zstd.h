#pragma once
/// \file Zstandard frames (RFC 8878), decoded with libzstd.
#include <optional>

#include "native/codecs/codec.h"

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_ZSTD)
inline constexpr bool kHasZstd = true;
#else
inline constexpr bool kHasZstd = false;
#endif

/// Decodes all frames of `in`, including skippable frames and frames without a content size.
/// \returns the number of decoded bytes, or nothing if the input is damaged or decodes to more than out.size() bytes.
[[nodiscard]] std::optional<std::size_t> zstd_decode(Bytes in, MutableBytes out);

/// Decodes at least the first `prefix` bytes; the rest of `out` is unspecified. out.size() must be the full decoded
/// size.
/// \returns false if the input is damaged or too short.
[[nodiscard]] bool zstd_decode_prefix(Bytes in, MutableBytes out, std::size_t prefix);

}  // namespace posixpar::codecs
