#pragma once
/// \file Decodes one zlib, gzip or bare deflate stream with libdeflate, or with zlib if libdeflate is not built in.
/// Encodes with libdeflate only.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_LIBDEFLATE) || defined(POSIXPAR_HAVE_ZLIB)
inline constexpr bool kHasInflate = true;
#else
inline constexpr bool kHasInflate = false;
#endif

enum class DeflateWrapper : std::uint8_t { zlib, gzip, none };

/// Reason why inflate() stopped.
enum class InflateEnd : std::uint8_t {
  complete,  ///< The stream ended and its checksum is correct.
  full,      ///< The stream decodes to more than out.size() bytes; see kInflateSlack.
  damaged,
};

/// Result of inflate().
struct Inflated {
  InflateEnd end = InflateEnd::damaged;
  std::size_t consumed = 0;  ///< Number of bytes read from `in`, if complete.
  std::size_t produced = 0;  ///< Number of bytes written to `out`, if complete.
};

/// If inflate() returns `full`, up to this many bytes at the end of `out` may be missing. The reason is that libdeflate
/// stops before the first literal, match or stored block (up to 65,535 bytes) that does not fit. So a caller that only
/// needs a prefix of the output should pass an `out` that is this much longer than the prefix.
inline constexpr std::size_t kInflateSlack = 65536;

/// Decodes the stream at the start of `in` and ignores the bytes after it.
[[nodiscard]] Inflated inflate(Bytes in, MutableBytes out, DeflateWrapper wrapper);

/// Decodes the zlib stream at the start of `in`; returns true if it has exactly out.size() bytes.
[[nodiscard]] inline bool inflate_exact(Bytes in, MutableBytes out) {
  const Inflated r = inflate(in, out, DeflateWrapper::zlib);
  return r.end == InflateEnd::complete && r.produced == out.size();
}

#if defined(POSIXPAR_HAVE_LIBDEFLATE)
inline constexpr bool kHasDeflate = true;
#else
inline constexpr bool kHasDeflate = false;
#endif

/// Default compression level, the same as in zlib.
inline constexpr int kDefaultDeflateLevel = 6;
inline constexpr int kMaxDeflateLevel = 9;
/// Returns the maximum encoded size of `size` bytes.
[[nodiscard]] std::size_t deflate_limit(std::size_t size);
/// Encodes `in` as one stream. \pre `wrapper` is `zlib` or `gzip`. \returns the length of the stream; 0 if `out` is too
/// short, there is no memory, or kHasDeflate is false.
[[nodiscard]] std::size_t deflate(Bytes in, MutableBytes out, DeflateWrapper wrapper, int level);

}  // namespace posixpar::codecs
