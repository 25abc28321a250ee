// xz and .lzma streams, decoded with liblzma.
#include "native/codecs/registry.h"

#if defined(POSIXPAR_HAVE_LZMA)
#include <lzma.h>
#endif

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_LZMA)
namespace {

/// Maximum memory for decoding a stream. Streams of `xz -9` need 65 MiB.
constexpr std::uint64_t kMemoryLimit = std::uint64_t{100} << 20U;

class LzmaDecoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return "lzma"; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    // Stops after the last needed byte. If everything is needed, provides room for one more byte, to detect a stream
    // that is too long.
    const bool whole = !step.exact || step.needed.end >= step.out.size();
    const std::size_t limit = whole ? step.out.size() : step.needed.end;
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_ret status = lzma_auto_decoder(&stream, kMemoryLimit, LZMA_CONCATENATED);
    std::uint8_t beyond = 0;
    std::size_t size = 0;
    bool longer = false;
    if (status == LZMA_OK) {
      stream.next_in = reinterpret_cast<const std::uint8_t*>(step.in.data());
      stream.avail_in = step.in.size();
      stream.next_out = reinterpret_cast<std::uint8_t*>(step.out.data());
      stream.avail_out = limit;
      while (status == LZMA_OK && (stream.avail_out != 0 || whole)) {
        if (stream.avail_out == 0) {
          stream.next_out = &beyond;
          stream.avail_out = 1;
        }
        status = lzma_code(&stream, LZMA_FINISH);
        if (stream.total_out > limit) {
          longer = true;
          break;
        }
      }
      size = static_cast<std::size_t>(stream.total_out);
    }
    lzma_end(&stream);
    if (longer) return codec_error(name(), "expected at most " + std::to_string(limit) + " bytes, found more");
    if (!whole && size == limit) return Bytes(step.out);
    if (status == LZMA_MEMLIMIT_ERROR) return codec_error(name(), "the stream needs more than 100 MiB to decode");
    if (status != LZMA_STREAM_END) return codec_error(name(), "xz or lzma stream is damaged");
    if (step.exact && size != step.out.size()) return size_error(name(), step.out.size(), size);
    return Bytes(step.out.first(size));
  }
};

}  // namespace

Result<DecoderPtr> make_lzma(Params) { return DecoderPtr(std::make_unique<LzmaDecoder>()); }

#else

Result<DecoderPtr> make_lzma(Params) { return unsupported_error("lzma", "this build has no liblzma"); }

#endif

}  // namespace posixpar::codecs
