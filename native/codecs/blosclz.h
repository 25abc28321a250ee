#pragma once
/// \file BloscLZ, the LZ77 codec that Blosc-1 derived from FastLZ. Source: the stream layout of c-blosc 1.x (blosclz).
#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Decodes a stream of exactly out.size() bytes.
/// \returns false if the stream is damaged or decodes to another size.
[[nodiscard]] bool blosclz_decode(Bytes in, MutableBytes out);

}  // namespace posixpar::codecs
