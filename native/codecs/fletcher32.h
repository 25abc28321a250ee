#pragma once
/// \file HDF5's Fletcher-32.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Fletcher-32 over big-endian 16-bit words, an odd last byte padded with a zero; sums modulo 65535 where a sum that is
/// not all zero is never 0 but 65535. Source: HDF5's H5checksum.c (format specification, filter 3).
[[nodiscard]] std::uint32_t fletcher32(Bytes bytes);

}  // namespace posixpar::codecs
