// Floating-point numbers with unusual numbers of bits, such as bfloat16, float8 and 24-bit floats.
#include <array>
#include <cmath>

#include "native/codecs/small_number.h"

namespace posixpar::codecs {
namespace {

constexpr const char* kName = "smallFloat";

/// Encoding of infinity and NaN.
enum class Specials : std::uint8_t {
  ieee = 0,           ///< The highest exponent means infinity and NaN.
  highest_nan = 1,    ///< Only all ones (without the sign) is NaN; there is no infinity.
  negative_zero = 2,  ///< Only negative zero is NaN; there is no infinity.
  none = 3,           ///< All values are numbers.
};

struct FloatBits {
  std::size_t width = 1;
  bool big_endian = false;
  unsigned sign = 7;
  unsigned exponent_at = 3;
  unsigned exponent_size = 4;
  unsigned mantissa_at = 0;
  unsigned mantissa_size = 3;
  int bias = 7;
  Specials specials = Specials::ieee;
};

[[nodiscard]] std::uint64_t field(std::uint64_t bits, unsigned at, unsigned size) {
  return bits >> at & ((std::uint64_t{1} << size) - 1);
}

/// Returns the value of an element. All values are exact, because make_small_float() checks the sizes.
[[nodiscard]] double value_of(const FloatBits& f, std::uint64_t bits) {
  const bool negative = field(bits, f.sign, 1) != 0;
  const std::uint64_t exponent = field(bits, f.exponent_at, f.exponent_size);
  const std::uint64_t mantissa = field(bits, f.mantissa_at, f.mantissa_size);
  const std::uint64_t highest = (std::uint64_t{1} << f.exponent_size) - 1;
  const std::uint64_t all_ones = (std::uint64_t{1} << f.mantissa_size) - 1;
  double magnitude = 0;
  if (f.specials == Specials::ieee && exponent == highest) {
    magnitude = mantissa == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else if ((f.specials == Specials::highest_nan && exponent == highest && mantissa == all_ones) ||
             (f.specials == Specials::negative_zero && negative && exponent == 0 && mantissa == 0)) {
    magnitude = std::numeric_limits<double>::quiet_NaN();
  } else {
    const std::uint64_t digits = exponent == 0 ? mantissa : mantissa | std::uint64_t{1} << f.mantissa_size;
    const int scale = static_cast<int>(exponent == 0 ? 1 : exponent) - f.bias - static_cast<int>(f.mantissa_size);
    magnitude = std::ldexp(static_cast<double>(digits), scale);
  }
  return std::copysign(magnitude, negative ? -1.0 : 1.0);
}

template <typename T>
class SmallFloatDecoder final : public SmallNumberDecoder {
 public:
  explicit SmallFloatDecoder(const FloatBits& bits) : SmallNumberDecoder(bits.width, sizeof(T)), bits_(bits) {
    if (bits.width > 2) return;
    table_.resize(std::size_t{1} << (8 * bits.width));
    for (std::size_t i = 0; i < table_.size(); i++) table_[i] = static_cast<T>(value_of(bits, i));
  }

  [[nodiscard]] const char* name() const override { return kName; }

 protected:
  void widen(const std::byte* in, std::byte* out, std::size_t count) const override {
    for (std::size_t i = 0; i < count; i++) {
      const std::uint64_t bits = load_number(in, bits_.width, bits_.big_endian);
      out = put(out, table_.empty() ? static_cast<T>(value_of(bits_, bits)) : table_[bits]);
      in += bits_.width;
    }
  }

 private:
  FloatBits bits_;
  std::vector<T> table_;  ///< Value of each element of one or two bytes; empty if elements are longer.
};

/// Returns true if a float with `digits` mantissa bits and exponents in [lowest, highest] represents all values.
[[nodiscard]] bool fits(const FloatBits& f, unsigned digits, int lowest, int highest) {
  const int top = static_cast<int>((std::uint64_t{1} << f.exponent_size) - 1) - (f.specials == Specials::ieee ? 1 : 0);
  return f.mantissa_size <= digits && top - f.bias <= highest &&
         1 - f.bias - static_cast<int>(f.mantissa_size) >= lowest;
}

}  // namespace

Result<DecoderPtr> make_small_float(Params params) {
  constexpr std::uint64_t kHighest[] = {8, 1, 63, 63, 11, 63, 52, 2048, 3, 8};
  constexpr std::uint64_t kLowest[] = {1, 0, 0, 0, 1, 0, 1, 0, 0, 4};
  std::uint64_t v[10] = {};
  for (std::size_t i = 0; i < 10; i++) {
    auto p = whole_param(kName, params, i, kLowest[i], kHighest[i]);
    if (!p) return std::move(p).error();
    v[i] = *p;
  }
  const auto at = [&v](std::size_t i) { return static_cast<unsigned>(v[i]); };
  const FloatBits f{
      static_cast<std::size_t>(v[0]), v[1] == 1, at(2), at(3), at(4), at(5), at(6), static_cast<int>(v[7]),
      static_cast<Specials>(v[8])};
  const unsigned end = 8 * at(0);
  if (f.sign >= end || f.exponent_at + f.exponent_size > end || f.mantissa_at + f.mantissa_size > end) {
    return parameter_error(kName, "expected bits inside an element");
  }
  if (v[9] == 4 && fits(f, 23, -149, 127)) return DecoderPtr(std::make_unique<SmallFloatDecoder<float>>(f));
  if (v[9] == 8 && fits(f, 52, -1074, 1023)) return DecoderPtr(std::make_unique<SmallFloatDecoder<double>>(f));
  return parameter_error(kName, "expected decoded elements that represent all values");
}

}  // namespace posixpar::codecs
