#pragma once
/// \file BloscLZ, the FastLZ descendant of Blosc-1. Source: the stream layout of c-blosc 1.x (blosclz).
#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Decodes a stream of exactly out.size() bytes.
/// \returns false when damaged or of another size.
[[nodiscard]] bool blosclz_decode(Bytes in, MutableBytes out);

}  // namespace posixpar::codecs
