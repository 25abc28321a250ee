// zlib (RFC 1950) and gzip (RFC 1952) streams.
#include <algorithm>

#include "native/codecs/inflate.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

class DeflateDecoder final : public Decoder {
 public:
  explicit DeflateDecoder(DeflateWrapper wrapper) : wrapper_(wrapper) {}

  [[nodiscard]] const char* name() const override { return wrapper_ == DeflateWrapper::zlib ? "zlib" : "gzip"; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    Bytes in = step.in;
    std::size_t done = 0;
    while (true) {
      // Decodes no more than the needed bytes plus kInflateSlack; libdeflate stops there.
      std::size_t limit = step.out.size();
      if (step.exact && step.needed.end < limit) limit = std::min(limit, step.needed.end + kInflateSlack);
      const Inflated r = inflate(in, step.out.subspan(done, limit - done), wrapper_);
      if (r.end == InflateEnd::damaged) {
        return codec_error(name(), "deflate stream is damaged or truncated");
      }
      if (r.end == InflateEnd::full) {
        if (limit < step.out.size()) return Bytes(step.out);
        return codec_error(name(), "expected the chunk to decode to " + std::to_string(limit) + " bytes, found more");
      }
      done += r.produced;
      in = in.subspan(r.consumed);
      if (!has_another_member(in)) break;
      if (step.exact && done >= step.needed.end && step.needed.end < step.out.size()) return Bytes(step.out);
    }
    if (step.exact && done != step.out.size()) return size_error(name(), step.out.size(), done);
    return Bytes(step.out.first(done));
  }

 private:
  /// Returns true if another gzip member follows. A gzip file may have several members, and zeros as padding after the
  /// last one. Bytes after a zlib stream are ignored, as in HDF5.
  [[nodiscard]] bool has_another_member(Bytes in) const {
    return wrapper_ == DeflateWrapper::gzip && std::ranges::any_of(in, [](std::byte b) { return b != std::byte{0}; });
  }

  DeflateWrapper wrapper_;
};

Result<DecoderPtr> make(DeflateWrapper wrapper) {
  if (!kHasInflate) return unsupported_error("zlib", "this build has neither libdeflate nor zlib");
  return DecoderPtr(std::make_unique<DeflateDecoder>(wrapper));
}

}  // namespace

Result<DecoderPtr> make_zlib(Params) { return make(DeflateWrapper::zlib); }
Result<DecoderPtr> make_gzip(Params) { return make(DeflateWrapper::gzip); }

}  // namespace posixpar::codecs
