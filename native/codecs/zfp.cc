// Chunks that the zfp library encodes: blocks of 4 values in each of 1 to 4 dimensions, the first dimension fastest.
//
// Parameters:
// - []: the stream begins with a header: the bytes `zfp`, the u8 version of the codec (5), 52 bits of shape and type,
//   and 12 or 64 bits of the mode. zfpy and numcodecs write such streams.
// - [0, words of 32 bits...]: the same header, which is not in the stream. HDF5 filter 32013 has it in its parameters.
// - [1, decoded type, minbits, maxbits, maxprec, minexp + 16495, sizes (fastest first)...]: a stream without a header.
//   Integers of 8 and 16 bits were promoted to 32 bits, unsigned ones of 32 and 64 bits were cast to signed ones.
//
// Source: the documentation of zfp 1.0.
#include <array>
#include <type_traits>
#include <utility>

#include "native/base/dtype.h"
#include "native/codecs/registry.h"
#include "native/codecs/zfp_block.h"

namespace posixpar::codecs {
namespace {

constexpr const char* kName = "zfp";
constexpr unsigned kMaxRank = 4;
constexpr std::uint32_t kMagic = 0x0570667a;  // 'z', 'f', 'p' and the version.
constexpr std::uint32_t kVersionMask = 0xFF000000;
constexpr unsigned kMaxMaxBits = 0x8000;
constexpr unsigned kMaxPrecision = 64;
constexpr int kExponentOffset = 16495;

/// Contents of a stream.
struct Layout {
  DType dtype = DType::float32;
  unsigned rank = 1;
  std::array<std::uint64_t, kMaxRank> sizes{1, 1, 1, 1};  ///< Fastest first.
  zfp::Mode mode;
  bool swaps_bytes = false;  ///< True if decoded elements are big-endian.

  /// Returns the decoded size in bytes, or the maximum if it is too large.
  [[nodiscard]] std::size_t bytes() const {
    std::size_t size = dtype_size(dtype);
    for (const std::uint64_t n : sizes) {
      if (__builtin_mul_overflow(size, n, &size)) return std::numeric_limits<std::size_t>::max();
    }
    return size;
  }
};

/// Parses the mode of a header: a number of 12 bits, or the parameters if all of its bits are set.
zfp::Mode parse_mode(LsbBits& bits) {
  constexpr unsigned kPrecisions = 2048;
  constexpr unsigned kReversible = kPrecisions + 128;
  constexpr unsigned kLong = 0xFFF;
  zfp::Mode mode{1, 16658, kMaxPrecision, zfp::Mode::kMinExponent};
  const auto code = static_cast<unsigned>(bits.take(12));
  if (code < kPrecisions) {
    mode.min_bits = mode.max_bits = code + 1;
  } else if (code < kReversible) {
    mode.precision = code + 1 - kPrecisions;
  } else if (code == kReversible) {
    mode.min_exponent -= 1;
  } else if (code < kLong) {
    mode.min_exponent += static_cast<int>(code - kReversible - 1);
  } else {
    mode.min_bits = static_cast<unsigned>(bits.take(15)) + 1;
    mode.max_bits = static_cast<unsigned>(bits.take(15)) + 1;
    mode.precision = static_cast<unsigned>(bits.take(7)) + 1;
    mode.min_exponent = static_cast<int>(bits.take(15)) - kExponentOffset;
  }
  return mode;
}

/// Parses a header. \returns the layout, or an error of kind `codec` or `unsupported`.
Result<Layout> parse_header(LsbBits& bits) {
  constexpr unsigned kSizeBits[] = {48, 24, 16, 12};
  constexpr DType kTypes[] = {DType::int32, DType::int64, DType::float32, DType::float64};
  const auto magic = static_cast<std::uint32_t>(bits.take(32));
  if ((magic & ~kVersionMask) != (kMagic & ~kVersionMask)) return codec_error(kName, "expected a header");
  if (magic != kMagic) return unsupported_error(kName, "version " + std::to_string(magic >> 24U) + " of the format");
  Layout layout;
  layout.dtype = kTypes[bits.take(2)];
  layout.rank = static_cast<unsigned>(bits.take(2)) + 1;
  const unsigned size_bits = kSizeBits[layout.rank - 1];
  for (unsigned d = 0; d < layout.rank; ++d) layout.sizes[d] = bits.take(size_bits) + 1;
  bits.skip(48 - size_bits * layout.rank);
  layout.mode = parse_mode(bits);
  if (bits.is_beyond_end()) return codec_error(kName, "the header is truncated");
  if (layout.mode.min_bits > layout.mode.max_bits || layout.mode.precision > kMaxPrecision) {
    return codec_error(kName, "the mode in the header is invalid");
  }
  return layout;
}

/// Converts a decoded integer to the type that the writer promoted or cast.
template <typename To, typename From>
To demote(From v) {
  if constexpr (sizeof(To) == sizeof(From)) {
    return std::is_unsigned_v<To> && v < 0 ? To{0} : static_cast<To>(v);
  } else {
    constexpr int kShift = 31 - 8 * static_cast<int>(sizeof(To));
    constexpr From kOffset = std::is_unsigned_v<To> ? From{1} << (8 * sizeof(To) - 1) : From{0};
    const From shifted = (v >> kShift) + kOffset;
    return static_cast<To>(std::clamp<From>(shifted, std::numeric_limits<To>::min(), std::numeric_limits<To>::max()));
  }
}

/// Decodes the blocks of one stream to elements in C order of the reversed sizes.
/// \tparam T  type in the stream. \tparam To  type of the decoded elements.
template <typename T, typename To, unsigned Rank>
class Blocks {
 public:
  Blocks(const Layout& layout, LsbBits bits, MutableBytes out) : layout_(layout), bits_(bits), out_(out) {
    for (unsigned d = 0; d < Rank; ++d) {
      counts_[d] = (layout.sizes[d] + 3) / 4;
      strides_[d + 1] = strides_[d] * layout.sizes[d];
    }
  }

  /// Decodes at least the elements whose bytes are in `needed`.
  Status decode(Needed needed) {
    constexpr unsigned kSlowest = Rank - 1;
    const std::uint64_t slab_bytes = 4 * strides_[kSlowest] * sizeof(To);
    std::uint64_t slab_blocks = 1;
    for (unsigned d = 0; d < kSlowest; ++d) slab_blocks *= counts_[d];
    const std::uint64_t end = std::min<std::uint64_t>(counts_[kSlowest], (needed.end + slab_bytes - 1) / slab_bytes);
    std::array<std::uint64_t, 4> at{};
    if (has_fixed_size()) {
      at[kSlowest] = std::min<std::uint64_t>(needed.begin / slab_bytes, end);
      bits_.skip(at[kSlowest] * slab_blocks * layout_.mode.max_bits);
    }
    while (at[kSlowest] < end) {
      zfp::decode_block<T, Rank>(bits_, layout_.mode, values_);
      if (bits_.is_beyond_end()) return codec_error(kName, "the stream is truncated");
      store(at);
      for (unsigned d = 0; d < Rank; ++d) {
        if (++at[d] < counts_[d] || d == kSlowest) break;
        at[d] = 0;
      }
    }
    return {};
  }

 private:
  /// Returns true if all blocks have the same number of bits.
  [[nodiscard]] bool has_fixed_size() const {
    const zfp::Mode& mode = layout_.mode;
    return mode.min_bits == mode.max_bits && !mode.is_reversible() && mode.max_bits > zfp::Numbers<T>::exponent_bits;
  }

  /// Copies the values of a block to their positions; leaves out values beyond the edge.
  void store(const std::array<std::uint64_t, 4>& block) {
    std::array<To, zfp::block_values(Rank)> converted;
    for (std::size_t i = 0; i < values_.size(); ++i) converted[i] = convert(values_[i]);
    std::array<std::size_t, 4> inside{1, 1, 1, 1};
    std::size_t origin = 0;
    for (unsigned d = 0; d < Rank; ++d) {
      inside[d] = static_cast<std::size_t>(std::min<std::uint64_t>(4, layout_.sizes[d] - 4 * block[d]));
      origin += static_cast<std::size_t>(4 * block[d] * strides_[d]);
    }
    const To* from = converted.data();
    for (std::size_t w = 0; w < inside[3]; ++w) {
      for (std::size_t z = 0; z < inside[2]; ++z) {
        for (std::size_t y = 0; y < inside[1]; ++y) {
          const std::size_t position = origin + y * stride(1) + z * stride(2) + w * stride(3);
          std::byte* to = out_.data() + position * sizeof(To);
          const To* row = from + 4 * y + 16 * z + 64 * w;
          if (inside[0] == 4) {
            std::memcpy(to, row, 4 * sizeof(To));
          } else {
            std::memcpy(to, row, inside[0] * sizeof(To));
          }
        }
      }
    }
  }

  [[nodiscard]] std::size_t stride(unsigned d) const { return static_cast<std::size_t>(strides_[d]); }

  [[nodiscard]] To convert(T v) const {
    To converted{};
    if constexpr (std::is_same_v<T, To>) {
      converted = v;
    } else {
      converted = demote<To>(v);
    }
    if (!layout_.swaps_bytes) return converted;
    using Raw =
        std::conditional_t<sizeof(To) == 8, std::uint64_t,
                           std::conditional_t<sizeof(To) == 4, std::uint32_t,
                                              std::conditional_t<sizeof(To) == 2, std::uint16_t, std::uint8_t>>>;
    return std::bit_cast<To>(byte_swap(std::bit_cast<Raw>(converted)));
  }

  const Layout& layout_;
  LsbBits bits_;
  MutableBytes out_;
  std::array<std::uint64_t, 4> counts_{1, 1, 1, 1};
  std::array<std::uint64_t, 5> strides_{1, 1, 1, 1, 1};
  std::array<T, zfp::block_values(Rank)> values_{};
};

template <typename T, typename To>
Status decode_rank(const Layout& layout, LsbBits bits, MutableBytes out, Needed needed) {
  switch (layout.rank) {
    case 1:
      return Blocks<T, To, 1>(layout, bits, out).decode(needed);
    case 2:
      return Blocks<T, To, 2>(layout, bits, out).decode(needed);
    case 3:
      return Blocks<T, To, 3>(layout, bits, out).decode(needed);
    default:
      return Blocks<T, To, 4>(layout, bits, out).decode(needed);
  }
}

Status decode_elements(const Layout& layout, LsbBits bits, MutableBytes out, Needed needed) {
  switch (layout.dtype) {
    case DType::int8:
      return decode_rank<std::int32_t, std::int8_t>(layout, bits, out, needed);
    case DType::uint8:
      return decode_rank<std::int32_t, std::uint8_t>(layout, bits, out, needed);
    case DType::int16:
      return decode_rank<std::int32_t, std::int16_t>(layout, bits, out, needed);
    case DType::uint16:
      return decode_rank<std::int32_t, std::uint16_t>(layout, bits, out, needed);
    case DType::int32:
      return decode_rank<std::int32_t, std::int32_t>(layout, bits, out, needed);
    case DType::uint32:
      return decode_rank<std::int32_t, std::uint32_t>(layout, bits, out, needed);
    case DType::int64:
      return decode_rank<std::int64_t, std::int64_t>(layout, bits, out, needed);
    case DType::uint64:
      return decode_rank<std::int64_t, std::uint64_t>(layout, bits, out, needed);
    case DType::float32:
      return decode_rank<float, float>(layout, bits, out, needed);
    case DType::float64:
      return decode_rank<double, double>(layout, bits, out, needed);
    default:
      return unsupported_error(kName, "elements of this type");
  }
}

class ZfpDecoder final : public Decoder {
 public:
  /// \param layout  contents of the stream; none if the stream begins with a header.
  explicit ZfpDecoder(std::optional<Layout> layout) : layout_(layout) {}

  [[nodiscard]] const char* name() const override { return kName; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    return {saturating_add(saturating_add(decoded.bytes, decoded.bytes), 65536), false};
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    LsbBits bits(step.in);
    auto layout = layout_ ? Result<Layout>(*layout_) : parse_header(bits);
    if (!layout) return std::move(layout).error();
    const std::size_t size = layout->bytes();
    if (size > step.out.size() || (step.exact && size != step.out.size())) {
      return size_error(kName, step.out.size(), size);
    }
    const Needed needed{step.needed.begin, std::min(step.needed.end, size)};
    if (auto status = decode_elements(*layout, bits, step.out, needed); !status.ok()) return std::move(status).error();
    return Bytes(step.out.first(size));
  }

 private:
  std::optional<Layout> layout_;
};

/// Parses a header that was split into words of 32 bits.
Result<Layout> header_param(Params words) {
  constexpr std::size_t kMaxWords = 8;
  if (words.size() > kMaxWords) return parameter_error(kName, "the header is too long");
  std::array<std::uint32_t, kMaxWords> header{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto word = whole_param(kName, words, i, 0, 0xFFFFFFFF);
    if (!word) return word.error();
    header[i] = static_cast<std::uint32_t>(*word);
  }
  // A machine with the other byte order wrote big-endian words, and elements.
  const bool swaps_bytes = byte_swap(header[0]) == kMagic;
  if (swaps_bytes) {
    for (std::uint32_t& word : header) word = byte_swap(word);
  }
  LsbBits bits(std::as_bytes(std::span(header)).first(4 * words.size()));
  auto layout = parse_header(bits);
  if (!layout) {
    Error error = std::move(layout).error();
    if (error.kind == ErrorKind::codec) error.kind = ErrorKind::invalid;
    return error;
  }
  layout->swaps_bytes = swaps_bytes;
  return layout;
}

Result<Layout> layout_params(Params params) {
  constexpr std::size_t kFixed = 5;
  if (params.size() <= kFixed || params.size() > kFixed + kMaxRank) {
    return parameter_error(kName, "expected 1 to 4 dimensions");
  }
  constexpr std::uint64_t kLow[kFixed] = {0, 1, 1, 1, 0};
  constexpr std::uint64_t kHigh[kFixed] = {kDTypeCount - 1, kMaxMaxBits, kMaxMaxBits, kMaxPrecision, 0x7FFF};
  std::array<std::uint64_t, kFixed> v{};
  for (std::size_t i = 0; i < kFixed; ++i) {
    const auto param = whole_param(kName, params, i, kLow[i], kHigh[i]);
    if (!param) return param.error();
    v[i] = *param;
  }
  Layout layout;
  layout.dtype = static_cast<DType>(v[0]);
  layout.mode = {static_cast<unsigned>(v[1]), static_cast<unsigned>(v[2]), static_cast<unsigned>(v[3]),
                 static_cast<int>(v[4]) - kExponentOffset};
  layout.rank = static_cast<unsigned>(params.size() - kFixed);
  if (layout.mode.min_bits > layout.mode.max_bits) return parameter_error(kName, "expected minbits <= maxbits");
  for (unsigned d = 0; d < layout.rank; ++d) {
    const auto size = whole_param(kName, params, kFixed + d, 1, std::uint64_t{1} << 48U);
    if (!size) return size.error();
    layout.sizes[d] = *size;
  }
  if (layout.bytes() == std::numeric_limits<std::size_t>::max())
    return parameter_error(kName, "the chunk is too large");
  return layout;
}

}  // namespace

Result<DecoderPtr> make_zfp(Params params) {
  if (params.empty()) return DecoderPtr(std::make_unique<ZfpDecoder>(std::nullopt));
  const auto kind = whole_param(kName, params, 0, 0, 1);
  if (!kind) return kind.error();
  auto layout = *kind == 0 ? header_param(params.subspan(1)) : layout_params(params.subspan(1));
  if (!layout) return std::move(layout).error();
  return DecoderPtr(std::make_unique<ZfpDecoder>(*layout));
}

}  // namespace posixpar::codecs
