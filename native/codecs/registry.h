#pragma once
/// \file From a codec's id and parameters to its decoder. Adding a codec: a file, a maker here, a line in registry.cc.
#include <span>

#include "native/codecs/decoder.h"

namespace posixpar::codecs {

using Params = std::span<const double>;

/// Makes the decoder of one codec.
/// \returns `unsupported` when the codec is unknown or not built in, `invalid` when the parameters make no sense.
Result<DecoderPtr> make_decoder(const CodecSpec& spec);

// One maker a codec. The parameters are those listed in lib/codecs/codec.ts and docs/formats/codecs.md.
Result<DecoderPtr> make_zlib(Params params);
Result<DecoderPtr> make_gzip(Params params);
Result<DecoderPtr> make_zstd(Params params);
Result<DecoderPtr> make_lz4_block(Params params);
Result<DecoderPtr> make_lz4_numcodecs(Params params);
Result<DecoderPtr> make_lz4_hdf5(Params params);
Result<DecoderPtr> make_blosc(Params params);
Result<DecoderPtr> make_shuffle(Params params);
Result<DecoderPtr> make_bitshuffle_hdf5(Params params);
Result<DecoderPtr> make_fletcher32(Params params);
Result<DecoderPtr> make_crc32c(Params params);
Result<DecoderPtr> make_szip(Params params);
Result<DecoderPtr> make_nbit(Params params);
Result<DecoderPtr> make_scale_offset(Params params);
Result<DecoderPtr> make_lzf(Params params);
Result<DecoderPtr> make_bzip2(Params params);
Result<DecoderPtr> make_delta(Params params);
Result<DecoderPtr> make_fixed_scale_offset(Params params);
Result<DecoderPtr> make_packbits(Params params);
Result<DecoderPtr> make_astype(Params params);
Result<DecoderPtr> make_tiledb_tile(Params params);
Result<DecoderPtr> make_lzma(Params params);
Result<DecoderPtr> make_checksum32(Params params);
Result<DecoderPtr> make_unsupported(Params params);

/// Reads parameter `index` as a whole number in [low, high].
/// \returns `invalid` when it is missing, not whole or out of range.
Result<std::uint64_t> whole_param(const char* codec, Params params, std::size_t index, std::uint64_t low,
                                  std::uint64_t high);

}  // namespace posixpar::codecs
