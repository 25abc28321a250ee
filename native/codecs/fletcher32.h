#pragma once
/// \file The Fletcher-32 checksum of HDF5.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

/// Returns the Fletcher-32 checksum of `bytes`, read as big-endian 16-bit words. An odd last byte is padded with a zero
/// byte. Sums are modulo 65535, with residue 0 represented as 65535 unless all words are zero. Source: H5checksum.c of
/// HDF5 (format specification, filter 3).
[[nodiscard]] std::uint32_t fletcher32(Bytes bytes);

}  // namespace posixpar::codecs
