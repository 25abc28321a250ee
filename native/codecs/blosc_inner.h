#pragma once
/// \file The codecs inside Blosc frames.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Codec of the streams of a frame.
enum class Inner : unsigned { blosclz = 0, lz4 = 1, snappy = 2, zlib = 3, zstd = 4 };

/// Returns true if this build can decode streams of the codec.
[[nodiscard]] bool is_built_in(Inner inner);

/// Decodes a stream to exactly out.size() bytes, of which the first `prefix` must be correct. \returns false if the
/// stream is damaged.
[[nodiscard]] bool decode_stream(Inner inner, Bytes in, MutableBytes out, std::size_t prefix);

}  // namespace posixpar::codecs
