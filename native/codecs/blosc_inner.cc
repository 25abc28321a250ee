#include "native/codecs/blosc_inner.h"

#include "native/codecs/blosclz.h"
#include "native/codecs/inflate.h"
#include "native/codecs/lz4.h"
#include "native/codecs/snappy.h"
#include "native/codecs/zstd.h"

namespace posixpar::codecs {

bool is_built_in(Inner inner) {
  switch (inner) {
    case Inner::lz4:
      return kHasLz4;
    case Inner::zlib:
      return kHasInflate;
    case Inner::zstd:
      return kHasZstd;
    case Inner::blosclz:
    case Inner::snappy:
      return true;
  }
  return false;
}

bool decode_stream(Inner inner, Bytes in, MutableBytes out, std::size_t prefix) {
  switch (inner) {
    case Inner::blosclz:
      return blosclz_decode(in, out);
    case Inner::lz4:
      return lz4_decode_prefix(in, out, prefix);
    case Inner::snappy:
      return snappy_decode(in, out);
    case Inner::zlib:
      return inflate_exact(in, out);
    case Inner::zstd:
      return zstd_decode(in, out) == out.size();
  }
  return false;
}

}  // namespace posixpar::codecs
