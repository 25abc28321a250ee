#pragma once
/// \file MD5 (RFC 1321) and SHA-256 (FIPS 180-4), for the checksums of file formats. Not for security.
#include <array>

#include "native/codecs/codec.h"

namespace posixpar::codecs {

[[nodiscard]] std::array<std::byte, 16> md5(Bytes bytes);
[[nodiscard]] std::array<std::byte, 32> sha256(Bytes bytes);

}  // namespace posixpar::codecs
