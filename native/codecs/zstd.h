#pragma once
/// \file Decodes and encodes Zstandard frames (RFC 8878) with libzstd.
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
/// size. If `prefix` is out.size(), decodes all frames of `in` and checks their checksums.
/// \returns false if the input is damaged or too short.
[[nodiscard]] bool zstd_decode_prefix(Bytes in, MutableBytes out, std::size_t prefix);

/// Default compression level, the same as in libzstd.
inline constexpr int kDefaultZstdLevel = 3;
inline constexpr int kMinZstdLevel = -131072;
inline constexpr int kMaxZstdLevel = 22;
/// Returns the maximum encoded size of `size` bytes.
[[nodiscard]] std::size_t zstd_limit(std::size_t size);
/// Encodes `in` as one frame with its content size. \returns its length, or nothing if `out` is too short or there is
/// no memory.
[[nodiscard]] std::optional<std::size_t> zstd_encode(Bytes in, MutableBytes out, int level, bool checksum);

}  // namespace posixpar::codecs
