#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "native/kernels/half.h"
#include "native/kernels/isa.h"
#include "native/kernels/scatter.h"
#include "test/native/kernels_oracle.h"

namespace posixpar {
namespace {

using Buffer = std::vector<std::byte>;

template <typename T>
void append(Buffer& out, T value) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&value);
  out.insert(out.end(), bytes, bytes + sizeof value);
}

/// Returns values around the bounds of all types, and values that must be rounded.
std::vector<double> interesting() {
  std::vector<double> out = {0.0, -0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 3.999, 65504.0, 65519.99, 65520.0, 65536.0};
  for (const int bits : {7, 8, 11, 15, 16, 24, 31, 32, 53, 63, 64, 65, 100}) {
    const double power = std::ldexp(1.0, bits);
    for (const double value : {power, power - 1, power - 0.5, power + 0.5, power + 1}) {
      out.insert(out.end(), {value, std::nextafter(value, 0.0), std::nextafter(value, 1e300)});
    }
  }
  for (const int bits : {-14, -15, -24, -25, -26, -126, -149, -150, -1074}) {
    const double power = std::ldexp(1.0, bits);
    out.insert(out.end(), {power, power * 1.5, std::nextafter(power, 1.0)});
  }
  const double float_max = std::numeric_limits<float>::max();
  const double float_end = std::ldexp(1.0, 128);
  out.insert(out.end(), {float_max, float_max + std::ldexp(1.0, 102), float_max + std::ldexp(1.0, 103), float_end,
                         std::nextafter(float_max + std::ldexp(1.0, 103), 0.0), std::numeric_limits<double>::max(),
                         std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()});
  const std::size_t count = out.size();
  for (std::size_t i = 0; i < count; ++i) out.push_back(-out[i]);
  return out;
}

template <typename T>
Buffer integers() {
  Buffer out;
  const auto add = [&](std::uint64_t bits) { append(out, static_cast<T>(bits)); };
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t value : {power - 1, power, power + 1, 0 - power, 0 - power - 1, 0 - power + 1}) add(value);
  }
  add(0x0102030405060708ULL);
  add(0xF1E2D3C4B5A69788ULL);
  return out;
}

/// Returns the elements of `type` that the tests convert.
Buffer values_of(DType type) {
  Buffer out;
  switch (type) {
    case DType::bool8:
    case DType::uint8:
    case DType::int8:
      for (int value = 0; value < 256; ++value) append(out, static_cast<std::uint8_t>(value));
      return out;
    case DType::int16:
    case DType::uint16:
      return integers<std::uint16_t>();
    case DType::int32:
    case DType::uint32:
      return integers<std::uint32_t>();
    case DType::int64:
    case DType::uint64:
      return integers<std::uint64_t>();
    case DType::float16:
      for (std::uint32_t bits = 0; bits < 65536; bits += 61) append(out, static_cast<std::uint16_t>(bits));
      return out;
    case DType::float32:
      for (const double value : interesting()) append(out, static_cast<float>(value));
      return out;
    default:
      for (const double value : interesting()) append(out, value);
      return out;
  }
}

Status convert(const Conversion& conversion, const Buffer& in, Buffer& out) {
  const std::size_t count = in.size() / dtype_size(conversion.from);
  out.assign(count * dtype_size(conversion.to), std::byte{0x77});
  const CopyDim line{count, static_cast<std::int64_t>(dtype_size(conversion.from)),
                     static_cast<std::int64_t>(dtype_size(conversion.to)), nullptr, nullptr};
  return copy_nd(in.data(), out.data(), std::span(&line, 1), conversion);
}

std::string describe(const Conversion& c) {
  return std::to_string(int(c.from)) + " to " + std::to_string(int(c.to)) + ", overflow " +
         std::to_string(int(c.overflow)) + (c.scaled ? ", scaled" : "");
}

class Convert : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { ASSERT_TRUE(set_active_isa(GetParam())); }
  void TearDown() override { set_active_isa(available_isas().back()); }

  /// Converts each value in a line of 19 copies, so that both the vector loop and the scalar remainder process it.
  static void check_each_value(const Conversion& conversion) {
    constexpr std::size_t kCopies = 19;
    const std::size_t from_size = dtype_size(conversion.from);
    const std::size_t to_size = dtype_size(conversion.to);
    const Buffer values = values_of(conversion.from);
    for (std::size_t at = 0; at < values.size(); at += from_size) {
      Buffer line;
      for (std::size_t i = 0; i < kCopies; ++i) {
        line.insert(line.end(), values.begin() + static_cast<std::ptrdiff_t>(at),
                    values.begin() + static_cast<std::ptrdiff_t>(at + from_size));
      }
      std::byte expected[16];
      const bool fits = oracle::convert(conversion, line.data(), expected);
      Buffer out;
      const Status status = convert(conversion, line, out);
      ASSERT_EQ(status.ok(), fits) << describe(conversion) << ", value " << at / from_size;
      for (std::size_t i = 0; fits && i < kCopies; ++i) {
        ASSERT_TRUE(oracle::same(conversion.to, out.data() + i * to_size, expected))
            << describe(conversion) << ", value " << at / from_size << ", copy " << i;
      }
    }
  }
};

TEST_P(Convert, GivesEveryPairOfTypesTheDefinedValuesAndErrors) {
  for (const DType from : oracle::kRealTypes) {
    for (const DType to : oracle::kRealTypes) {
      for (const Overflow overflow : {Overflow::error, Overflow::clamp, Overflow::wrap}) {
        if (from == to) continue;
        check_each_value({.from = from, .to = to, .swap = false, .overflow = overflow});
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(Convert, ScalesInDoubleBeforeConverting) {
  for (const DType from : oracle::kRealTypes) {
    for (const DType to : oracle::kRealTypes) {
      for (const Overflow overflow : {Overflow::error, Overflow::clamp, Overflow::wrap}) {
        for (const double scale : {0.1, -3.0}) {
          check_each_value({.from = from,
                            .to = to,
                            .swap = false,
                            .overflow = overflow,
                            .scaled = true,
                            .scale = scale,
                            .offset = 17.3});
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

/// Decodes one value as the documentation of Decoding says.
double decoded_by_hand(double stored, const Decoding& d) {
  const auto step = [&](double value) { return d.single ? static_cast<double>(static_cast<float>(value)) : value; };
  const double value = step(step(step(stored) * d.scale) + d.offset);
  const bool out = stored < d.low || stored > d.high || value < d.decoded_low || value > d.decoded_high;
  const bool missing = std::find(d.missing.begin(), d.missing.end(), stored) != d.missing.end();
  return out || missing ? std::numeric_limits<double>::quiet_NaN() : value;
}

TEST_P(Convert, DecodesValuesAndMasksMissingOnes) {
  std::vector<Decoding> decodings(6);
  decodings[1] = {.scale = 0.1, .offset = -17.25, .missing = {-128, 77, 65519.99}};
  decodings[2] = {.scale = 0.1, .offset = 273.15, .single = true, .missing = {255}};
  decodings[3] = {.nan_is_missing = true, .missing = {0}, .low = -3, .high = 1000};
  decodings[4] = {.scale = -2, .decoded_low = -50, .decoded_high = 50.5};
  decodings[5] = {.single = true, .nan_is_missing = true, .missing = {1, 2, 3}, .high = 1e30};
  for (const DType from : oracle::kRealTypes) {
    const Buffer in = values_of(from);
    Buffer wide = in;
    if (from != DType::float64) {
      ASSERT_TRUE(convert({.from = from, .to = DType::float64}, in, wide).ok());
    }
    for (const Decoding& decoding : decodings) {
      for (const DType to : {DType::float32, DType::float64}) {
        Buffer out;
        const Conversion conversion{.from = from, .to = to, .overflow = Overflow::wrap, .decoding = &decoding};
        ASSERT_TRUE(convert(conversion, in, out).ok());
        Buffer mask;
        const Conversion masking{.from = from, .to = DType::bool8, .decoding = &decoding, .part = DecodedPart::mask};
        ASSERT_TRUE(convert(masking, in, mask).ok());
        for (std::size_t i = 0; i < mask.size(); ++i) {
          double stored = 0;
          std::memcpy(&stored, wide.data() + 8 * i, sizeof stored);
          const double expected = decoded_by_hand(stored, decoding);
          std::byte element[8];
          if (to == DType::float32) {
            const auto narrow = static_cast<float>(expected);
            std::memcpy(element, &narrow, sizeof narrow);
          } else {
            std::memcpy(element, &expected, sizeof expected);
          }
          ASSERT_TRUE(oracle::same(to, out.data() + i * dtype_size(to), element)) << int(from) << ", value " << stored;
          const bool missing = std::isnan(stored) ? decoding.nan_is_missing : std::isnan(expected);
          // Arithmetic on infinities can give NaN for values that are not missing.
          if (!std::isinf(stored)) {
            ASSERT_EQ(mask[i], std::byte{static_cast<unsigned char>(missing ? 1 : 0)}) << stored;
          }
        }
      }
    }
  }
}

TEST_P(Convert, FindsTheOnlyValueThatDoesNotFitInALongLine) {
  for (std::size_t position = 0; position < 3000; position += 1 + position / 8) {
    std::vector<double> values(3000, 7.0);
    values[position] = 300.5;
    Buffer in(values.size() * 8);
    std::memcpy(in.data(), values.data(), in.size());
    Buffer out;
    const Status status = convert({.from = DType::float64, .to = DType::uint8}, in, out);
    ASSERT_FALSE(status.ok()) << position;
    EXPECT_EQ(status.error().kind, ErrorKind::conversion);
    EXPECT_NE(status.error().message.find("300.5"), std::string::npos) << status.error().message;
  }
}

TEST_P(Convert, NamesTheValueAndBothTypesInAnError) {
  const auto message = [](const Conversion& conversion, auto value) {
    Buffer in;
    append(in, value);
    Buffer out;
    const Status status = convert(conversion, in, out);
    return status.ok() ? std::string("converted") : status.error().message;
  };
  EXPECT_EQ(message({.from = DType::int64, .to = DType::int32}, std::int64_t{-9007199254740993}),
            "value -9007199254740993 (stored as int64) does not fit int32");
  EXPECT_EQ(message({.from = DType::uint64, .to = DType::int64}, std::uint64_t{18446744073709551615U}),
            "value 18446744073709551615 (stored as uint64) does not fit int64");
  EXPECT_EQ(message({.from = DType::float32, .to = DType::int16}, std::nanf("")),
            "value nan (stored as float32) does not fit int16");
  EXPECT_EQ(
      message({.from = DType::int16, .to = DType::uint8, .scaled = true, .scale = 100, .offset = 0.5}, std::int16_t{3}),
      "value 300.5 (stored as int16, after scale and offset) does not fit uint8");
}

TEST_P(Convert, KeepsAll64BitsOfIntegers) {
  const std::uint64_t values[] = {9007199254740993U, 9223372036854775807U, 1U};
  Buffer in;
  for (const auto value : values) append(in, value);
  Buffer out;
  ASSERT_TRUE(convert({.from = DType::uint64, .to = DType::int64}, in, out).ok());
  EXPECT_EQ(out, in);
  ASSERT_TRUE(convert({.from = DType::int64, .to = DType::uint64}, in, out).ok());
  EXPECT_EQ(out, in);
}

TEST_P(Convert, WidensEveryFloat16Exactly) {
  Buffer in;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) append(in, static_cast<std::uint16_t>(bits));
  Buffer singles;
  Buffer doubles;
  ASSERT_TRUE(convert({.from = DType::float16, .to = DType::float32}, in, singles).ok());
  ASSERT_TRUE(convert({.from = DType::float16, .to = DType::float64}, in, doubles).ok());
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const double expected = oracle::half_value(static_cast<std::uint16_t>(bits));
    const auto single = oracle::load<float>(singles.data() + 4 * bits);
    const auto wide = oracle::load<double>(doubles.data() + 8 * bits);
    if (std::isnan(expected)) {
      // The sign and the payload are kept, and the NaN is quiet.
      const std::uint32_t nan = 0x7FC00000U | (bits & 0x8000U) << 16 | (bits & 0x3FFU) << 13;
      ASSERT_EQ(std::bit_cast<std::uint32_t>(single), nan) << bits;
      ASSERT_TRUE(std::isnan(wide)) << bits;
      ASSERT_EQ(std::signbit(wide), (bits & 0x8000U) != 0) << bits;
    } else {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(static_cast<double>(single)), std::bit_cast<std::uint64_t>(expected))
          << bits;
      ASSERT_EQ(std::bit_cast<std::uint64_t>(wide), std::bit_cast<std::uint64_t>(expected)) << bits;
    }
  }
}

TEST_P(Convert, RoundsToTheNearestFloat16AtAndAroundEveryValueAndTie) {
  std::vector<double> values;
  for (std::uint32_t bits = 0; bits < 0x7C00; ++bits) {
    const double value = oracle::half_value(static_cast<std::uint16_t>(bits));
    const double next = bits == 0x7BFF ? 65536.0 : oracle::half_value(static_cast<std::uint16_t>(bits + 1));
    const double tie = (value + next) / 2;
    values.insert(values.end(), {value, tie, std::nextafter(tie, 0.0), std::nextafter(tie, 1e9), -value, -tie});
  }
  values.insert(values.end(), {0x1p-25, 0x1.8p-25, 0x1p-26, 0x1p-1074, 1e300, -1e300});
  Buffer in(values.size() * 8);
  std::memcpy(in.data(), values.data(), in.size());
  Buffer out;
  ASSERT_TRUE(
      convert({.from = DType::float64, .to = DType::float16, .swap = false, .overflow = Overflow::wrap}, in, out).ok());
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(oracle::load<std::uint16_t>(out.data() + 2 * i), oracle::nearest_half(values[i])) << values[i];
  }
}

TEST_P(Convert, RoundsRandomFloat32ToTheNearestFloat16) {
  std::mt19937 rng(5);
  std::vector<float> values(100000);
  for (auto& value : values) {
    const std::uint32_t exponent = 127 - 30 + static_cast<std::uint32_t>(rng() % 50);
    value = std::bit_cast<float>((static_cast<std::uint32_t>(rng()) & 0x807FFFFFU) | exponent << 23);
  }
  Buffer in(values.size() * 4);
  std::memcpy(in.data(), values.data(), in.size());
  Buffer out;
  ASSERT_TRUE(
      convert({.from = DType::float32, .to = DType::float16, .swap = false, .overflow = Overflow::wrap}, in, out).ok());
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(oracle::load<std::uint16_t>(out.data() + 2 * i), oracle::nearest_half(values[i])) << values[i];
  }
}

TEST_P(Convert, KeepsEveryFloat16ThroughFloat32AndBack) {
  Buffer in;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) append(in, static_cast<std::uint16_t>(bits));
  Buffer singles;
  Buffer out;
  ASSERT_TRUE(convert({.from = DType::float16, .to = DType::float32}, in, singles).ok());
  ASSERT_TRUE(convert({.from = DType::float32, .to = DType::float16}, singles, out).ok());
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const bool nan = (bits & 0x7FFFU) > 0x7C00U;
    ASSERT_EQ(oracle::load<std::uint16_t>(out.data() + 2 * bits), nan ? bits | 0x200U : bits) << bits;
  }
}

TEST_P(Convert, RefusesUndefinedConversions) {
  std::byte in[16] = {};
  std::byte out[16] = {};
  for (const Conversion& conversion :
       {Conversion{.from = DType::complex64, .to = DType::float32},
        Conversion{.from = DType::int8, .to = DType::complex128},
        Conversion{.from = DType::complex64, .to = DType::complex128, .scaled = true},
        Conversion{.from = static_cast<DType>(14), .to = DType::int8},
        Conversion{.from = static_cast<DType>(14), .to = static_cast<DType>(14)},
        Conversion{.from = DType::int8, .to = static_cast<DType>(200)},
        Conversion{.from = DType::int8, .to = DType::int16, .overflow = static_cast<Overflow>(3)}}) {
    const Status status = copy_nd(in, out, {}, conversion);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::invalid);
  }
}

INSTANTIATE_TEST_SUITE_P(Isas, Convert, testing::ValuesIn(available_isas().begin(), available_isas().end()),
                         [](const auto& variant) { return std::string(isa_name(variant.param)); });

}  // namespace
}  // namespace posixpar
