// HDF5 filter 4 (szip): a u32 little-endian decoded size, then a CCSDS 121.0-B Rice stream, which libaec decodes.
//
// szip adds two transformations to the stream: it pads scanlines to whole blocks, and splits pixels of 32 or 64 bits
// into byte planes. Source: H5Zszip.c of HDF5, and README.SZIP of libaec for the equivalence.
#include <algorithm>

#include "native/codecs/bytes.h"
#include "native/codecs/registry.h"
#include "native/kernels/shuffle.h"

#if defined(POSIXPAR_HAVE_LIBAEC)
#include <libaec.h>
#endif

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_LIBAEC)
namespace {

constexpr const char* kName = "szip";
constexpr std::uint64_t kMsbFirst = 16;
constexpr std::uint64_t kNearestNeighbour = 32;

struct Settings {
  unsigned flags = 0;
  std::size_t block = 0;     ///< Samples per block.
  std::size_t scanline = 0;  ///< Samples per scanline.
  unsigned sample_bits = 0;
  std::size_t planes = 1;  ///< Bytes per pixel if pixels are split into byte planes, else 1.
};

class SzipDecoder final : public Decoder {
 public:
  explicit SzipDecoder(const Settings& settings)
      : s_(settings),
        sample_bytes_(s_.sample_bits > 16  ? 4
                      : s_.sample_bits > 8 ? 2
                                           : 1),
        line_(s_.scanline * sample_bytes_),
        padded_line_((s_.scanline + s_.block - 1) / s_.block * s_.block * sample_bytes_) {}

  [[nodiscard]] const char* name() const override { return kName; }

  [[nodiscard]] std::size_t own_scratch(std::size_t decoded) const override {
    const bool padded = padded_line_ != line_;
    const bool planes = s_.planes > 1;
    const std::size_t raw = padded ? (decoded / line_ + 1) * padded_line_ : decoded;
    return (padded || planes ? raw : 0) + (padded && planes ? decoded : 0);
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    if (step.in.size() < 4) return codec_error(kName, "expected a 4-byte size, found a shorter chunk");
    const std::size_t size = load_le<std::uint32_t>(step.in.data());
    if (step.exact ? size != step.out.size() : size > step.out.size()) return size_error(kName, step.out.size(), size);
    const MutableBytes out = step.out.first(size);
    const bool padded = padded_line_ != line_;
    const bool planes = s_.planes > 1;

    // Decodes the stream, removes the padding of lines and joins the byte planes. Steps that are not needed are
    // skipped.
    const std::size_t raw_size = padded ? (size + line_ - 1) / line_ * padded_line_ : size;
    const MutableBytes raw = padded || planes ? step.scratch.take(2, raw_size) : out;
    const MutableBytes samples = !padded ? raw : planes ? step.scratch.take(3, size) : out;
    if (raw.size() != raw_size || samples.size() != size)
      return codec_error(kName, "out of memory: cannot allocate the decoded stream");
    const std::optional<std::size_t> decoded = run(step.in.subspan(4), raw);
    if (!decoded) return codec_error(kName, "szip stream is damaged");
    const std::size_t kept =
        padded ? *decoded / padded_line_ * line_ + std::min(*decoded % padded_line_, line_) : *decoded;
    if (kept < size) return size_error(kName, size, kept);
    if (padded) {
      for (std::size_t to = 0, from = 0; to < size; to += line_, from += padded_line_) {
        std::memcpy(samples.data() + to, raw.data() + from, std::min(line_, size - to));
      }
    }
    if (planes) {
      const std::size_t pixels = size / s_.planes;
      const std::size_t whole = pixels * s_.planes;
      unshuffle_bytes(samples.data(), out.data(), s_.planes, pixels);
      std::ranges::copy(samples.subspan(whole), out.begin() + static_cast<std::ptrdiff_t>(whole));
    }
    return Bytes(out);
  }

 private:
  /// Decodes the stream.
  /// \returns the number of bytes decoded, or nothing if the stream is damaged.
  [[nodiscard]] std::optional<std::size_t> run(Bytes in, MutableBytes out) const {
    aec_stream stream{};
    stream.next_in = reinterpret_cast<const unsigned char*>(in.data());
    stream.avail_in = in.size();
    stream.next_out = reinterpret_cast<unsigned char*>(out.data());
    stream.avail_out = out.size();
    stream.bits_per_sample = s_.sample_bits;
    stream.block_size = static_cast<unsigned>(s_.block);
    stream.rsi = static_cast<unsigned>((s_.scanline + s_.block - 1) / s_.block);
    stream.flags = s_.flags;
    if (aec_decode_init(&stream) != AEC_OK) return std::nullopt;
    const int status = aec_decode(&stream, AEC_FLUSH);
    const std::size_t total = stream.total_out;
    aec_decode_end(&stream);
    if (status != AEC_OK) return std::nullopt;
    return total;
  }

  Settings s_;
  std::size_t sample_bytes_;
  std::size_t line_;
  std::size_t padded_line_;
};

}  // namespace

Result<DecoderPtr> make_szip(Params params) {
  // The parameters have the same limits as in the szip library.
  std::uint64_t cd[4] = {};
  constexpr std::uint64_t kLow[4] = {0, 2, 1, 1};
  constexpr std::uint64_t kHigh[4] = {255, 32, 64, 4096};
  for (std::size_t i = 0; i < 4; ++i) {
    auto v = whole_param(kName, params, i, kLow[i], kHigh[i]);
    if (!v) return std::move(v).error();
    cd[i] = *v;
  }
  const bool wide = cd[2] == 32 || cd[2] == 64;
  if (cd[1] % 2 != 0 || cd[3] < cd[1] || (!wide && cd[2] > 24) || cd[3] > cd[1] * 128) {
    return parameter_error(
        kName, "expected an even block size, pixels of 1 to 24, 32 or 64 bits, and 1 to 128 blocks per scanline");
  }
  Settings s;
  s.flags = ((cd[0] & kMsbFirst) != 0 ? unsigned{AEC_DATA_MSB} : 0U) |
            ((cd[0] & kNearestNeighbour) != 0 ? unsigned{AEC_DATA_PREPROCESS} : 0U);
  s.block = static_cast<std::size_t>(cd[1]);
  s.scanline = static_cast<std::size_t>(cd[3]);
  s.sample_bits = wide ? 8 : static_cast<unsigned>(cd[2]);
  s.planes = wide ? static_cast<std::size_t>(cd[2] / 8) : 1;
  return DecoderPtr(std::make_unique<SzipDecoder>(s));
}

#else

Result<DecoderPtr> make_szip(Params) { return unsupported_error("szip", "this build has no libaec"); }

#endif

}  // namespace posixpar::codecs
