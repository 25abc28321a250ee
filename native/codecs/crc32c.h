#pragma once
/// \file CRC-32C (Castagnoli, RFC 3720 B.4), by SSE4.2 where the machine has it.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// The checksum of `bytes`.
[[nodiscard]] std::uint32_t crc32c(Bytes bytes);

/// The same by table, whatever the machine: the reference.
[[nodiscard]] std::uint32_t crc32c_scalar(Bytes bytes);

}  // namespace posixpar::codecs
