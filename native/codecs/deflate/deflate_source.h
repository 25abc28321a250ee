#pragma once
/// \file Decodes pieces of a deflate stream.
#include <cstddef>

#include "native/base/result.h"
#include "native/codecs/codec.h"

namespace posixpar {

/// A deflate stream that is divided into pieces of known decoded sizes: DeflateIndex, or DeflateFirstPass.
class DeflateSource {
 public:
  DeflateSource() = default;
  DeflateSource(const DeflateSource&) = default;
  DeflateSource(DeflateSource&&) = default;
  DeflateSource& operator=(const DeflateSource&) = default;
  DeflateSource& operator=(DeflateSource&&) = default;
  virtual ~DeflateSource() = default;

  /// Decodes neighbouring pieces. Several threads may call it at the same time.
  /// \param first       number of the first piece.
  /// \param stored      bytes of the pieces.
  /// \param out         destination. Its size is the sum of the decoded sizes of one or more pieces.
  /// \param needed_end  number of bytes at the start of `out` that must be decoded.
  virtual Status decode(std::size_t first, Bytes stored, MutableBytes out, std::size_t needed_end) const = 0;
};

}  // namespace posixpar
