#pragma once
/// \file zlib's CRC-32 (RFC 1952, 8) and Adler-32 (RFC 1950, 9).
#include "native/codecs/codec.h"

namespace posixpar::codecs {

[[nodiscard]] std::uint32_t crc32(Bytes bytes);
[[nodiscard]] std::uint32_t adler32(Bytes bytes);

}  // namespace posixpar::codecs
