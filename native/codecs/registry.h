#pragma once
/// \file Creates decoders by codec id. To add a codec, see docs/contributing/add-a-codec.md.
#include <span>

#include "native/codecs/decoder.h"

namespace posixpar::codecs {

using Params = std::span<const double>;

/// Creates the decoder of one codec.
/// \returns an error of kind `unsupported` if the codec is unknown or not built in, or of kind `invalid` if its
/// parameters are invalid.
Result<DecoderPtr> make_decoder(const CodecSpec& spec);

// Declares make_zlib, make_gzip and so on, one per codec in scripts/words/words.mjs, which documents their parameters.
#define POSIXPAR_DECLARE_MAKER(name) Result<DecoderPtr> make_##name(Params params);
POSIXPAR_FOR_EACH_CODEC(POSIXPAR_DECLARE_MAKER)
#undef POSIXPAR_DECLARE_MAKER

/// Creates the decoder of the pieces of a deflate stream.
Result<DecoderPtr> make_deflate_piece(std::shared_ptr<const DeflateSource> source);

/// Returns parameter `index` as an integer in [low, high].
/// \returns an error of kind `invalid` if it is missing, not an integer or out of range.
Result<std::uint64_t> whole_param(const char* codec, Params params, std::size_t index, std::uint64_t low,
                                  std::uint64_t high);

}  // namespace posixpar::codecs
