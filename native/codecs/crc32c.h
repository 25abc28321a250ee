#pragma once
/// \file CRC-32C (Castagnoli, RFC 3720 B.4). Uses the CRC-32C instruction of SSE4.2 on x86-64, if the machine has it.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Returns the checksum of `bytes`.
[[nodiscard]] std::uint32_t crc32c(Bytes bytes);

/// Returns the same checksum, computed with a table: the reference implementation.
[[nodiscard]] std::uint32_t crc32c_scalar(Bytes bytes);

}  // namespace posixpar::codecs
