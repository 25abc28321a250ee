// Decodes chunks whose size is not known in advance. The decoded chunk has a fixed size: it begins with the number of
// payload bytes as a little-endian u64, then follow the payload and unspecified bytes.
#include <cstring>

#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

constexpr std::size_t kCountBytes = sizeof(std::uint64_t);

class CountedDecoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return "counted"; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    return {decoded.bytes < kCountBytes ? 0 : decoded.bytes - kCountBytes, false};
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    const std::uint64_t size = step.in.size();
    if (step.out.size() < kCountBytes || size > step.out.size() - kCountBytes) {
      return codec_error(name(), "expected a chunk that decodes to at most " +
                                     std::to_string(step.out.size() < kCountBytes ? 0 : step.out.size() - kCountBytes) +
                                     " bytes, found " + std::to_string(size));
    }
    for (std::size_t i = 0; i < kCountBytes; ++i) step.out[i] = static_cast<std::byte>(size >> (8 * i) & 0xff);
    if (size != 0) std::memcpy(step.out.data() + kCountBytes, step.in.data(), size);
    return Bytes(step.exact ? step.out : step.out.first(kCountBytes + size));
  }
};

}  // namespace

Result<DecoderPtr> make_counted(Params) { return DecoderPtr(std::make_unique<CountedDecoder>()); }

}  // namespace posixpar::codecs
