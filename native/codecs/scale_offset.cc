// HDF5 filter 6 (scale-offset): stores the difference of each number to the minimum, in as few bits as the largest
// difference needs.
//
// Parameters (cd values): [0] scale type (0: decimal, 2: integer); [1] scale factor; [2] number of elements in the
// chunk; [3] class (0: integer, 1: float); [4] size; [5] sign; [6] byte order (1: big-endian); [7] 1 if a fill value is
// defined; from [8] on, the fill value in 32-bit words.
//
// A chunk contains: u32 bits per number, u8 with the value 8, u64 minimum, 8 unused bytes, then the packed numbers. If
// a fill value is defined, a number with all bits set represents it.
//
// Source: H5Zscaleoffset.c of HDF5 and its file format specification, IV.A.2.l.
#include <cmath>

#include "native/codecs/msb_bits.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

constexpr const char* kName = "scaleoffset";
constexpr std::size_t kHeaderBytes = 21;

struct Settings {
  bool is_float = false;
  bool big_endian = false;
  bool has_fill = false;
  bool plain = false;  ///< True if the user requested full-width numbers: HDF5 then stores the chunk unchanged.
  int decimals = 0;
  std::size_t width = 0;
  std::size_t elements = 0;
  std::uint64_t fill = 0;  ///< Bits of the fill value.
};

template <typename T>
using BitsOf = std::conditional_t<
    sizeof(T) == 8, std::uint64_t,
    std::conditional_t<sizeof(T) == 4, std::uint32_t, std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint8_t>>>;

/// Adds the minimum in wrapping arithmetic, which is the same for signed and unsigned integers.
template <typename T>
struct AddMinimum {
  T minimum;
  T operator()(std::uint64_t stored) const { return static_cast<T>(static_cast<T>(stored) + minimum); }
};

/// Computes in the precision of T, as HDF5 does.
template <typename T>
struct Unscale {
  T minimum;
  T power;
  T operator()(std::uint64_t stored) const {
    using Signed = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    return static_cast<T>(static_cast<Signed>(stored)) / power + minimum;
  }
};

template <typename T, typename Value>
void unpack(const Settings& s, MsbBits bits, unsigned width, Value value, std::span<std::byte> out, Needed needed) {
  using Raw = BitsOf<T>;
  const std::uint64_t stands_for_fill = (std::uint64_t{1} << width) - 1;
  const std::size_t last = std::min(s.elements, (needed.end + sizeof(T) - 1) / sizeof(T));
  for (std::size_t i = needed.begin / sizeof(T); i < last; ++i) {
    const std::uint64_t stored = width == 0 ? 0 : bits.get(std::uint64_t{i} * width, width);
    const Raw raw =
        s.has_fill && stored == stands_for_fill ? static_cast<Raw>(s.fill) : std::bit_cast<Raw>(value(stored));
    store_le(out.data() + i * sizeof(T), s.big_endian ? byte_swap(raw) : raw);
  }
}

class ScaleOffsetDecoder final : public Decoder {
 public:
  explicit ScaleOffsetDecoder(const Settings& settings) : s_(settings) {}

  [[nodiscard]] const char* name() const override { return kName; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    if (s_.plain) return decoded;
    return {saturating_add(decoded.bytes, kHeaderBytes + 1), false};
  }
  [[nodiscard]] bool can_decode_ranges() const override { return true; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    const std::size_t size = s_.elements * s_.width;
    if (step.exact ? size != step.out.size() : size > step.out.size()) return size_error(kName, step.out.size(), size);
    if (s_.plain) return step.in;
    ByteReader reader(step.in);
    const auto bits = reader.le<std::uint32_t>();
    reader.take(1);
    const auto minimum = reader.le<std::uint64_t>();
    reader.take(8);
    if (!reader.ok()) return codec_error(kName, "expected a 21-byte header, found a shorter chunk");
    const MutableBytes out = step.out.first(size);
    if (bits == 8 * s_.width) return copy_plain(reader, out);
    const MsbBits packed(reader.rest());
    if (bits > 8 * s_.width || !packed.holds(0, s_.elements, bits)) {
      return codec_error(kName, "expected " + std::to_string(s_.elements) + " numbers of " + std::to_string(bits) +
                                    " bits, found a shorter chunk");
    }
    unpack_all(packed, bits, minimum, out, step.needed);
    return Bytes(out);
  }

 private:
  /// Copies numbers that are stored in full width. They are not packed, and their stored byte order is little-endian.
  /// So reverses their bytes if the decoded numbers are big-endian.
  [[nodiscard]] Result<Bytes> copy_plain(ByteReader& reader, MutableBytes out) const {
    const Bytes in = reader.take(out.size());
    if (!reader.ok()) return size_error(kName, out.size(), reader.remaining());
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = in[s_.big_endian ? i / s_.width * s_.width + (s_.width - 1 - i % s_.width) : i];
    }
    return Bytes(out);
  }

  void unpack_all(MsbBits packed, unsigned bits, std::uint64_t minimum, MutableBytes out, Needed needed) const {
    if (s_.is_float && s_.width == 4) {
      const auto low = std::bit_cast<float>(static_cast<std::uint32_t>(minimum));
      const float power = std::pow(10.0F, static_cast<float>(s_.decimals));
      return unpack<float>(s_, packed, bits, Unscale<float>{low, power}, out, needed);
    }
    if (s_.is_float) {
      const double power = std::pow(10.0, static_cast<double>(s_.decimals));
      return unpack<double>(s_, packed, bits, Unscale<double>{std::bit_cast<double>(minimum), power}, out, needed);
    }
    const auto whole = [&]<typename T>(T) {
      unpack<T>(s_, packed, bits, AddMinimum<T>{static_cast<T>(minimum)}, out, needed);
    };
    switch (s_.width) {
      case 1:
        return whole(std::uint8_t{});
      case 2:
        return whole(std::uint16_t{});
      case 4:
        return whole(std::uint32_t{});
      default:
        return whole(std::uint64_t{});
    }
  }

  Settings s_;
};

}  // namespace

Result<DecoderPtr> make_scale_offset(Params params) {
  constexpr std::uint64_t kU32 = 0xFFFFFFFFU;
  std::uint64_t cd[10] = {};
  for (std::size_t i = 0; i < 10; ++i) {
    // The parameters from 8 on (the fill value) are optional.
    if (i >= 8 && i >= params.size()) break;
    auto v = whole_param(kName, params, i, 0, kU32);
    if (!v) return std::move(v).error();
    cd[i] = *v;
  }
  Settings s;
  const bool decimal = cd[0] == 0;
  s.is_float = cd[3] == 1;
  const bool valid = cd[3] <= 1 && cd[5] <= 1 && cd[6] <= 1 && cd[7] <= 1 && cd[2] >= 1 &&
                     (cd[4] == 4 || cd[4] == 8 || (!s.is_float && (cd[4] == 1 || cd[4] == 2)));
  if (!valid) return parameter_error(kName, "expected valid class, size, sign, byte order and fill value flags");
  if (s.is_float && !decimal) return unsupported_error(kName, "E-scaling (HDF5 does not implement it either)");
  if (!s.is_float && cd[0] != 2) return parameter_error(kName, "expected scale type 2 for integers");
  // The parameter is unsigned, but HDF5 stores a signed factor in it.
  const auto factor = static_cast<std::int32_t>(static_cast<std::uint32_t>(cd[1]));
  s.width = static_cast<std::size_t>(cd[4]);
  s.elements = static_cast<std::size_t>(cd[2]);
  s.big_endian = cd[6] == 1;
  s.has_fill = cd[7] == 1;
  s.fill = cd[8] | cd[9] << 32U;
  s.decimals = factor;
  s.plain = !s.is_float && factor >= 0 && static_cast<std::size_t>(factor) == 8 * s.width;
  return DecoderPtr(std::make_unique<ScaleOffsetDecoder>(s));
}

}  // namespace posixpar::codecs
