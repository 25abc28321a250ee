#pragma once
/// \file bzip2 streams, decoded here: Debian's libbz2.a cannot be linked into an addon.
#include <limits>
#include <optional>

#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Decodes the concatenated bzip2 streams at the start of `in`, checking the CRC of every block and stream. A thread
/// that has called it keeps 3.6 MB for the next block. \param prefix  stop after the block in which this many bytes are
/// there; the default decodes everything. \returns the number of bytes decoded, or nothing when damaged or more than
/// `out` has room for.
[[nodiscard]] std::optional<std::size_t> bzip2_decode(Bytes in, MutableBytes out,
                                                      std::size_t prefix = std::numeric_limits<std::size_t>::max());

}  // namespace posixpar::codecs
