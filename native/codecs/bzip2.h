#pragma once
/// \file Decodes bzip2 streams without libbz2, because Debian's libbz2.a cannot be linked into an addon.
#include <limits>
#include <optional>

#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Decodes the concatenated bzip2 streams at the start of `in` and checks the CRC of every block and stream. Each
/// thread that calls this function keeps 3.6 MB of working memory.
/// \param prefix  decoding stops after the block that completes this number of bytes; by default it decodes everything.
/// \returns the number of bytes decoded, or nothing if the input is damaged or decodes to more than out.size() bytes.
[[nodiscard]] std::optional<std::size_t> bzip2_decode(Bytes in, MutableBytes out,
                                                      std::size_t prefix = std::numeric_limits<std::size_t>::max());

}  // namespace posixpar::codecs
