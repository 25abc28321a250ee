// LZF: HDF5 filter 32000 (h5py). Source: the stream layout of liblzf (lzf_d.c).
#include <algorithm>
#include <cstring>

#include "native/codecs/lz_copy.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

/// Decodes until `in` ends or `limit` bytes are decoded.
/// \returns the end of the output, or null if the input is damaged.
std::byte* lzf_decode(Bytes in, MutableBytes out, std::size_t limit) {
  const std::byte* ip = in.data();
  const std::byte* const in_end = ip + in.size();
  std::byte* op = out.data();
  std::byte* const out_end = op + out.size();
  while (ip < in_end && static_cast<std::size_t>(op - out.data()) < limit) {
    const auto control = static_cast<std::size_t>(*ip++);
    if (control < 32) {
      const std::size_t run = control + 1;
      if (run > static_cast<std::size_t>(in_end - ip) || run > static_cast<std::size_t>(out_end - op)) return nullptr;
      std::memcpy(op, ip, run);
      ip += run;
      op += run;
      continue;
    }
    std::size_t length = (control >> 5U) + 2;
    if (control >> 5U == 7) {
      if (ip == in_end) return nullptr;
      length += static_cast<std::size_t>(*ip++);
    }
    if (ip == in_end) return nullptr;
    const std::size_t distance = ((control & 31U) << 8U | static_cast<std::size_t>(*ip++)) + 1;
    if (distance > static_cast<std::size_t>(op - out.data()) || length > static_cast<std::size_t>(out_end - op)) {
      return nullptr;
    }
    copy_back_reference(op, distance, length, out_end);
    op += length;
  }
  return op;
}

class LzfDecoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return "lzf"; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    const std::size_t prefix = step.exact ? std::min(step.needed.end, step.out.size()) : step.out.size();
    // Decoding may stop after the needed prefix if the size is known. Otherwise it must consume the whole input to find
    // the size.
    const bool whole = !step.exact || prefix == step.out.size();
    const std::byte* end = lzf_decode(step.in, step.out, whole ? step.out.size() + 1 : prefix);
    if (end == nullptr) return codec_error(name(), "LZF block is damaged");
    const auto size = static_cast<std::size_t>(end - step.out.data());
    if (!step.exact) return Bytes(step.out.first(size));
    if (whole ? size != step.out.size() : size < prefix) return size_error(name(), step.out.size(), size);
    return Bytes(step.out);
  }
};

}  // namespace

Result<DecoderPtr> make_lzf(Params) { return DecoderPtr(std::make_unique<LzfDecoder>()); }

}  // namespace posixpar::codecs
