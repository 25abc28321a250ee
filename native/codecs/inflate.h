#pragma once
/// \file Decodes one zlib or gzip stream with libdeflate, or with zlib if libdeflate is not built in.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_LIBDEFLATE) || defined(POSIXPAR_HAVE_ZLIB)
inline constexpr bool kHasInflate = true;
#else
inline constexpr bool kHasInflate = false;
#endif

enum class DeflateWrapper : std::uint8_t { zlib, gzip };

enum class InflateEnd : std::uint8_t {
  complete,  ///< The stream ended and its checksum is correct.
  full,      ///< The stream decodes to more than out.size() bytes; see kInflateSlack.
  damaged,
};

struct Inflated {
  InflateEnd end = InflateEnd::damaged;
  std::size_t consumed = 0;  ///< Number of bytes read from `in`, if complete.
  std::size_t produced = 0;  ///< Number of bytes written to `out`, if complete.
};

/// Maximum number of incorrect bytes at the end of `out` after inflate() ended with `full`. libdeflate stops before the
/// first literal, match or stored block that does not fit; a stored block has up to 65,535 bytes. This allows decoding
/// a prefix at full speed.
inline constexpr std::size_t kInflateSlack = 65536;

/// Decodes the stream at the start of `in` and ignores the bytes after it.
[[nodiscard]] Inflated inflate(Bytes in, MutableBytes out, DeflateWrapper wrapper);

/// Decodes the zlib stream at the start of `in`; returns true if it has exactly out.size() bytes.
[[nodiscard]] inline bool inflate_exact(Bytes in, MutableBytes out) {
  const Inflated r = inflate(in, out, DeflateWrapper::zlib);
  return r.end == InflateEnd::complete && r.produced == out.size();
}

}  // namespace posixpar::codecs
