#include "native/codecs/zstd.h"

#include <algorithm>
#include <memory>

#include "native/codecs/registry.h"

#if defined(POSIXPAR_HAVE_ZSTD)
#include <zstd.h>
#endif

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_ZSTD)
namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* c) const { ZSTD_freeDCtx(c); }
};
using Context = std::unique_ptr<ZSTD_DCtx, FreeContext>;

ZSTD_DCtx* thread_context() {
  thread_local const Context context(ZSTD_createDCtx());
  return context.get();
}

/// Returns a context for decoding a prefix directly into the output. Without ZSTD_d_stableOutBuffer, libzstd would
/// decode into its own window, whose size a hostile frame chooses, and copy from there.
ZSTD_DCtx* thread_prefix_context() {
  thread_local const Context context([] {
    ZSTD_DCtx* c = ZSTD_createDCtx();
    constexpr ZSTD_dParameter kStableOutBuffer = ZSTD_d_experimentalParam2;
    if (c != nullptr && ZSTD_isError(ZSTD_DCtx_setParameter(c, kStableOutBuffer, 1)) != 0) {
      ZSTD_freeDCtx(c);
      c = nullptr;
    }
    return c;
  }());
  return context.get();
}

}  // namespace

std::optional<std::size_t> zstd_decode(Bytes in, MutableBytes out) {
  ZSTD_DCtx* context = thread_context();
  if (context == nullptr) return std::nullopt;
  const std::size_t r = ZSTD_decompressDCtx(context, out.data(), out.size(), in.data(), in.size());
  if (ZSTD_isError(r) != 0) return std::nullopt;
  return r;
}

bool zstd_decode_prefix(Bytes in, MutableBytes out, std::size_t prefix) {
  ZSTD_DCtx* context = thread_prefix_context();
  if (context == nullptr || ZSTD_isError(ZSTD_DCtx_reset(context, ZSTD_reset_session_only)) != 0) {
    return zstd_decode(in, out) == out.size();
  }
  // Feeds about one block at a time, because libzstd decodes all the input that it receives.
  constexpr std::size_t kPiece = std::size_t{32} * 1024;
  std::size_t done = 0;
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  ZSTD_inBuffer from{in.data(), 0, 0};
  while (done + to.pos < prefix) {
    if (from.pos == from.size) {
      if (from.size == in.size()) return false;
      from.size = std::min(in.size(), from.size + kPiece);
    }
    const std::size_t in_before = from.pos;
    const std::size_t out_before = to.pos;
    const std::size_t r = ZSTD_decompressStream(context, &to, &from);
    if (ZSTD_isError(r) != 0) return false;
    if (r == 0) {  // The frame is complete; the next one continues after its output.
      done += to.pos;
      to = {out.data() + done, out.size() - done, 0};
    } else if (from.pos == in_before && to.pos == out_before && from.size == in.size()) {
      return false;
    }
  }
  return true;
}

#else

std::optional<std::size_t> zstd_decode(Bytes, MutableBytes) { return std::nullopt; }
bool zstd_decode_prefix(Bytes, MutableBytes, std::size_t) { return false; }

#endif

namespace {

class ZstdDecoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return "zstd"; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    // A block has at most 128 KiB, so stopping early saves nothing if fewer bytes are left.
    constexpr std::size_t kBlock = std::size_t{128} * 1024;
    if (step.exact && step.out.size() - step.needed.end >= kBlock &&
        zstd_decode_prefix(step.in, step.out, step.needed.end)) {
      return Bytes(step.out);
    }
    // Also runs if the prefix failed, because libzstd can decode frames with a very large window only in one call.
    const auto size = zstd_decode(step.in, step.out);
    if (!size) {
      return codec_error(
          name(), "zstd frames are damaged or decode to more than " + std::to_string(step.out.size()) + " bytes");
    }
    if (step.exact && *size != step.out.size()) return size_error(name(), step.out.size(), *size);
    return Bytes(step.out.first(*size));
  }
};

}  // namespace

Result<DecoderPtr> make_zstd(Params) {
  if (!kHasZstd) return unsupported_error("zstd", "this build has no libzstd");
  return DecoderPtr(std::make_unique<ZstdDecoder>());
}

}  // namespace posixpar::codecs
