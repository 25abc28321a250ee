#pragma once
/// \file The raw Snappy format. Source: format_description.txt of google/snappy.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Decodes a stream of exactly out.size() bytes.
/// \returns false if the stream is damaged or decodes to another size.
[[nodiscard]] bool snappy_decode(Bytes in, MutableBytes out);

}  // namespace posixpar::codecs
