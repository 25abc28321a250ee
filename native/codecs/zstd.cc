#include "native/codecs/zstd.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "native/codecs/encoder_stack.h"
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

/// Returns a context that decodes a prefix directly into the output (ZSTD_d_stableOutBuffer). Otherwise libzstd would
/// decode into an internal window and copy from there. A hostile frame could make that window very large.
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

struct FreeEncoder {
  void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); }
};

using EncoderContexts = EncoderStack<std::unique_ptr<ZSTD_CCtx, FreeEncoder>>;

EncoderContexts& encoder_contexts() {
  static auto& it = *new EncoderContexts;  // Never destroyed: pool threads may use it at the end of the process.
  return it;
}

}  // namespace

std::size_t zstd_limit(std::size_t size) { return ZSTD_compressBound(size); }

std::optional<std::size_t> zstd_encode(Bytes in, MutableBytes out, int level, bool checksum) {
  const auto lease = encoder_contexts().take(ZSTD_createCCtx);
  ZSTD_CCtx* context = lease.get();
  if (context == nullptr) return std::nullopt;
  const auto failed = [](std::size_t r) { return ZSTD_isError(r) != 0; };
  if (failed(ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)) ||
      failed(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)) ||
      failed(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum ? 1 : 0))) {
    return std::nullopt;
  }
  const std::size_t r = ZSTD_compress2(context, out.data(), out.size(), in.data(), in.size());
  if (failed(r)) return std::nullopt;
  return r;
}

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
  // Feeds about one block at a time, because libzstd decodes all the input that it receives, and because the literals
  // of one block stay in the cache of the processor.
  constexpr std::size_t kPiece = std::size_t{32} * 1024;
  const bool is_whole = prefix == out.size();
  bool is_frame_complete = true;
  std::size_t done = 0;
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  ZSTD_inBuffer from{in.data(), 0, 0};
  // Reads all input if all output is needed, because checksums and further frames may follow.
  while (done + to.pos < prefix || (is_whole && !(is_frame_complete && from.pos == in.size()))) {
    if (from.pos == from.size) {
      if (from.size == in.size()) return false;
      from.size = std::min(in.size(), from.size + kPiece);
    }
    const std::size_t in_before = from.pos;
    const std::size_t out_before = to.pos;
    const std::size_t r = ZSTD_decompressStream(context, &to, &from);
    if (ZSTD_isError(r) != 0) return false;
    is_frame_complete = r == 0;
    if (is_frame_complete) {  // The next frame continues after the output of this one.
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
std::size_t zstd_limit(std::size_t size) { return size; }
std::optional<std::size_t> zstd_encode(Bytes, MutableBytes, int, bool) { return std::nullopt; }

#endif

namespace {

/// Minimum size of a decoded chunk that is decoded in pieces. One call needs about 1.15 times as long for 4 MiB.
constexpr std::size_t kMinStreamed = std::size_t{1} << 20;

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder(int level, bool checksum) : level_(level), checksum_(checksum) {}

  [[nodiscard]] const char* name() const override { return "zstd"; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    // Small chunks are faster to decode in one call. zstd decodes complete blocks of up to 128 KiB. So it only saves
    // time to stop early if more bytes than that are left.
    constexpr std::size_t kBlock = std::size_t{128} * 1024;
    const bool stops_early = step.out.size() - step.needed.end >= kBlock;
    if (step.exact && (stops_early || step.out.size() >= kMinStreamed) &&
        zstd_decode_prefix(step.in, step.out, stops_early ? step.needed.end : step.out.size())) {
      return Bytes(step.out);
    }
    // Also called if decoding in pieces has failed, because libzstd decodes frames with a very large window only in one
    // call.
    const auto size = zstd_decode(step.in, step.out);
    if (!size) {
      return codec_error(
          name(), "zstd frames are damaged or decode to more than " + std::to_string(step.out.size()) + " bytes");
    }
    if (step.exact && *size != step.out.size()) return size_error(name(), step.out.size(), *size);
    return Bytes(step.out.first(*size));
  }

  [[nodiscard]] bool can_encode() const override { return true; }
  [[nodiscard]] std::size_t encoded_limit(std::size_t size) const override { return zstd_limit(size); }
  [[nodiscard]] Result<Bytes> encode(const EncodeStep& step) const override {
    const auto size = zstd_encode(step.in, step.out, level_, checksum_);
    if (!size) return codec_error(name(), "libzstd could not encode " + std::to_string(step.in.size()) + " bytes");
    return Bytes(step.out.first(*size));
  }

 private:
  int level_;
  bool checksum_;
};

}  // namespace

Result<DecoderPtr> make_zstd(Params params) {
  if (!kHasZstd) return unsupported_error("zstd", "this build has no libzstd");
  int level = kDefaultZstdLevel;
  if (!params.empty()) {
    const double given = params[0];
    if (!(given >= kMinZstdLevel && given <= kMaxZstdLevel) || given != std::floor(given)) {
      return parameter_error("zstd", "expected a level from " + std::to_string(kMinZstdLevel) + " to " +
                                         std::to_string(kMaxZstdLevel) + ", found " + std::to_string(given));
    }
    level = static_cast<int>(given);
  }
  bool checksum = false;
  if (params.size() > 1) {
    const auto p = whole_param("zstd", params, 1, 0, 1);
    if (!p) return p.error();
    checksum = *p == 1;
  }
  return DecoderPtr(std::make_unique<ZstdDecoder>(level, checksum));
}

}  // namespace posixpar::codecs
