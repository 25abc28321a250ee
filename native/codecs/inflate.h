#pragma once
/// \file One zlib or gzip stream at a time, by libdeflate where it is built in, else by a static zlib.
#include "native/codecs/codec.h"

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_LIBDEFLATE) || defined(POSIXPAR_HAVE_ZLIB)
inline constexpr bool kHasInflate = true;
#else
inline constexpr bool kHasInflate = false;
#endif

enum class DeflateWrapper : std::uint8_t { zlib, gzip };

enum class InflateEnd : std::uint8_t {
  complete,  ///< The stream ended and its checksum is right.
  full,      ///< The stream holds more than `out` has room for; see kInflateSlack.
  damaged,
};

struct Inflated {
  InflateEnd end = InflateEnd::damaged;
  std::size_t consumed = 0;  ///< Bytes of `in` that the stream took, when complete.
  std::size_t produced = 0;  ///< Bytes of `out` that were written, when complete.
};

/// When inflate() ends `full`, all but the last kInflateSlack bytes of `out` are right. libdeflate gives up before the
/// element that does not fit: at most a stored block of 65,535 bytes. This is how a prefix is decoded at full speed.
inline constexpr std::size_t kInflateSlack = 65536;

/// Decodes the stream at the start of `in`. What follows it is left alone.
[[nodiscard]] Inflated inflate(Bytes in, MutableBytes out, DeflateWrapper wrapper);

/// Whether `in` starts with a zlib stream of exactly out.size() bytes; decodes it.
[[nodiscard]] inline bool inflate_exact(Bytes in, MutableBytes out) {
  const Inflated r = inflate(in, out, DeflateWrapper::zlib);
  return r.end == InflateEnd::complete && r.produced == out.size();
}

}  // namespace posixpar::codecs
