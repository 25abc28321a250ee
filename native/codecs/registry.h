#pragma once
/// \file From a codec's number and parameters to its decoder. Adding a codec: docs/contributing/add-a-codec.md.
#include <span>

#include "native/codecs/decoder.h"

namespace posixpar::codecs {

using Params = std::span<const double>;

/// Makes the decoder of one codec.
/// \returns `unsupported` when the codec is unknown or not built in, `invalid` when the parameters make no sense.
Result<DecoderPtr> make_decoder(const CodecSpec& spec);

// make_zlib, make_gzip, ...: one maker per codec of scripts/words/words.mjs, where their parameters are listed.
#define POSIXPAR_DECLARE_MAKER(name) Result<DecoderPtr> make_##name(Params params);
POSIXPAR_FOR_EACH_CODEC(POSIXPAR_DECLARE_MAKER)
#undef POSIXPAR_DECLARE_MAKER

/// Reads parameter `index` as a whole number in [low, high].
/// \returns `invalid` when it is missing, not whole or out of range.
Result<std::uint64_t> whole_param(const char* codec, Params params, std::size_t index, std::uint64_t low,
                                  std::uint64_t high);

}  // namespace posixpar::codecs
