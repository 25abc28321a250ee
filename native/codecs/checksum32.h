#pragma once
/// \file CRC-32 (RFC 1952, section 8) and Adler-32 (RFC 1950, section 9), as in zlib.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

[[nodiscard]] std::uint32_t crc32(Bytes bytes);
[[nodiscard]] std::uint32_t adler32(Bytes bytes);

}  // namespace posixpar::codecs
