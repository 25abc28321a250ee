// The astype codec of numcodecs: casts each element to the decoded type.
#include "native/codecs/elements.h"

namespace posixpar::codecs {
namespace {

class AstypeDecoder final : public ElementDecoder {
 public:
  using ElementDecoder::ElementDecoder;
  [[nodiscard]] const char* name() const override { return "astype"; }
  [[nodiscard]] bool can_decode_ranges() const override { return true; }

 protected:
  [[nodiscard]] Status run(Bytes in, MutableBytes out, std::size_t first, std::size_t last) const override {
    POSIXPAR_RETURN_IF_ERROR(cast(in.data() + first * pair_.stored_width(), pair_.stored, pair_.stored_big,
                                  out.data() + first * pair_.decoded_width(), pair_.decoded, last - first));
    finish(out, first, last);
    return {};
  }
};

}  // namespace

Result<DecoderPtr> make_astype(Params params) {
  auto pair = element_pair("astype", params);
  if (!pair) return std::move(pair).error();
  return DecoderPtr(std::make_unique<AstypeDecoder>(*pair));
}

}  // namespace posixpar::codecs
