// The packbits codec of numcodecs: one byte that contains the number of padding bits at the end, then eight booleans
// per byte, most significant bit first.
#include <algorithm>

#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

class PackbitsDecoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return "packbits"; }
  [[nodiscard]] bool can_decode_ranges() const override { return true; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    return {1 + decoded.bytes / 8 + (decoded.bytes % 8 != 0 ? 1 : 0), decoded.exact};
  }
  [[nodiscard]] Needed stored_needed(Needed needed, std::size_t) const override {
    return {0, 2 + needed.end / 8};  // Includes the byte with the number of padding bits.
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    if (step.in.empty()) return codec_error(name(), "expected the number of padding bits, found an empty chunk");
    const auto padding = static_cast<std::size_t>(step.in[0]);
    const std::size_t bits = (step.in.size() - 1) * 8;
    if (padding > 7 || padding > bits) {
      return codec_error(name(), "expected 0 to 7 bits of padding, found " + std::to_string(padding));
    }
    const std::size_t size = bits - padding;
    if (step.exact ? size != step.out.size() : size > step.out.size()) return size_error(name(), step.out.size(), size);
    const Bytes packed = step.in.subspan(1);
    const std::size_t end = std::min(step.needed.end, size);
    for (std::size_t i = step.needed.begin; i < end; ++i) {
      step.out[i] = packed[i / 8] >> (7 - i % 8) & std::byte{1};
    }
    return Bytes(step.out.first(size));
  }
};

}  // namespace

Result<DecoderPtr> make_packbits(Params) { return DecoderPtr(std::make_unique<PackbitsDecoder>()); }

}  // namespace posixpar::codecs
