#pragma once
/// \file CRC-32 (RFC 1952, section 8) and Adler-32 (RFC 1950, section 9), as in zlib.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// \param before  checksum of the bytes before `bytes`; 0 if there are none.
[[nodiscard]] std::uint32_t crc32(Bytes bytes, std::uint32_t before = 0);
[[nodiscard]] std::uint32_t adler32(Bytes bytes);

}  // namespace posixpar::codecs
