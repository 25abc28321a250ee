// Deflate streams (RFC 1951), also in zlib (RFC 1950) and gzip (RFC 1952) streams.
#include <algorithm>

#include "native/codecs/inflate.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

class DeflateDecoder final : public Decoder {
 public:
  DeflateDecoder(DeflateWrapper wrapper, int level) : wrapper_(wrapper), level_(level) {}

  [[nodiscard]] const char* name() const override {
    if (wrapper_ == DeflateWrapper::none) return "deflate";
    return wrapper_ == DeflateWrapper::zlib ? "zlib" : "gzip";
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    Bytes in = step.in;
    std::size_t done = 0;
    while (true) {
      // Limits the output to the needed bytes plus kInflateSlack, so that libdeflate stops there.
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

  [[nodiscard]] bool can_encode() const override { return kHasDeflate && wrapper_ != DeflateWrapper::none; }
  [[nodiscard]] std::size_t encoded_limit(std::size_t size) const override { return deflate_limit(size); }
  [[nodiscard]] Result<Bytes> encode(const EncodeStep& step) const override {
    const std::size_t size = deflate(step.in, step.out, wrapper_, level_);
    if (size == 0) return codec_error(name(), "could not encode " + std::to_string(step.in.size()) + " bytes");
    return Bytes(step.out.first(size));
  }

 private:
  /// Returns true if another gzip member follows. A gzip file may have several members, followed by zeros as padding.
  /// Always returns false for zlib streams, because bytes after a zlib stream are ignored, as in HDF5.
  [[nodiscard]] bool has_another_member(Bytes in) const {
    return wrapper_ == DeflateWrapper::gzip && std::ranges::any_of(in, [](std::byte b) { return b != std::byte{0}; });
  }

  DeflateWrapper wrapper_;
  int level_;
};

Result<DecoderPtr> make(DeflateWrapper wrapper, Params params) {
  if (!kHasInflate) return unsupported_error("zlib", "this build has neither libdeflate nor zlib");
  int level = kDefaultDeflateLevel;
  if (!params.empty()) {
    const auto p = whole_param("zlib", params, 0, 0, kMaxDeflateLevel);
    if (!p) return p.error();
    level = static_cast<int>(*p);
  }
  return DecoderPtr(std::make_unique<DeflateDecoder>(wrapper, level));
}

}  // namespace

Result<DecoderPtr> make_zlib(Params params) { return make(DeflateWrapper::zlib, params); }
Result<DecoderPtr> make_deflate_raw(Params) { return make(DeflateWrapper::none, {}); }
Result<DecoderPtr> make_gzip(Params params) { return make(DeflateWrapper::gzip, params); }

}  // namespace posixpar::codecs
