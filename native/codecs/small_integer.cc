// Integers whose value occupies only some bits of the stored bytes, such as int4 in a byte or 12 bits in two bytes.
#include "native/codecs/small_number.h"

namespace posixpar::codecs {
namespace {

constexpr const char* kName = "smallInteger";

struct IntegerBits {
  std::size_t width = 1;
  bool big_endian = false;
  unsigned offset = 0;
  unsigned precision = 8;
  bool is_signed = false;
};

class SmallIntegerDecoder final : public SmallNumberDecoder {
 public:
  SmallIntegerDecoder(const IntegerBits& bits, std::size_t decoded_width)
      : SmallNumberDecoder(bits.width, decoded_width), bits_(bits) {}

  [[nodiscard]] const char* name() const override { return kName; }

 protected:
  void widen(const std::byte* in, std::byte* out, std::size_t count) const override {
    switch (decoded_width()) {
      case 1:
        return widen_to<std::uint8_t>(in, out, count);
      case 2:
        return widen_to<std::uint16_t>(in, out, count);
      case 4:
        return widen_to<std::uint32_t>(in, out, count);
      default:
        return widen_to<std::uint64_t>(in, out, count);
    }
  }

 private:
  template <typename T>
  void widen_to(const std::byte* in, std::byte* out, std::size_t count) const {
    const unsigned unused = 64 - bits_.precision;
    for (std::size_t i = 0; i < count; i++) {
      const std::uint64_t high = load_number(in, bits_.width, bits_.big_endian) >> bits_.offset << unused;
      // An arithmetic shift extends the sign.
      const std::uint64_t value =
          bits_.is_signed ? static_cast<std::uint64_t>(static_cast<std::int64_t>(high) >> unused) : high >> unused;
      out = put(out, static_cast<T>(value));
      in += bits_.width;
    }
  }

  IntegerBits bits_;
};

}  // namespace

Result<DecoderPtr> make_small_integer(Params params) {
  constexpr std::uint64_t kHighest[] = {8, 1, 63, 64, 1, 8};
  constexpr std::uint64_t kLowest[] = {1, 0, 0, 1, 0, 1};
  std::uint64_t v[6] = {};
  for (std::size_t i = 0; i < 6; i++) {
    auto p = whole_param(kName, params, i, kLowest[i], kHighest[i]);
    if (!p) return std::move(p).error();
    v[i] = *p;
  }
  const IntegerBits bits{static_cast<std::size_t>(v[0]), v[1] == 1, static_cast<unsigned>(v[2]),
                         static_cast<unsigned>(v[3]), v[4] == 1};
  if (bits.offset + bits.precision > 8 * bits.width) return parameter_error(kName, "expected bits inside an element");
  if (!std::has_single_bit(v[5]) || bits.precision > 8 * v[5]) {
    return parameter_error(kName, "expected decoded elements that contain the value");
  }
  return DecoderPtr(std::make_unique<SmallIntegerDecoder>(bits, static_cast<std::size_t>(v[5])));
}

}  // namespace posixpar::codecs
