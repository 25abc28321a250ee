// Decodes streams of zfp. The test encodes integers reversibly, by the definition of the format. The streams of the
// library are in the codec corpus.
#include <array>
#include <limits>
#include <optional>

#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

constexpr double kInt16 = 3;
constexpr double kInt32 = 5;
constexpr double kUint32 = 6;
constexpr double kExponentOffset = 16495;
constexpr double kReversible = -1075 + kExponentOffset;
constexpr double kMaxBits = 16658;

/// Encodes four integers reversibly: differences of the orders 0 to 3 as negabinary numbers, bit plane by bit plane.
void encode_block(LsbBitWriter& to, std::array<std::uint32_t, 4> v) {
  auto& [x, y, z, w] = v;
  w -= z;
  z -= y;
  y -= x;
  w -= z;
  z -= y;
  w -= z;
  constexpr std::uint32_t kMask = 0xAAAAAAAA;
  for (auto& c : v) c = (c + kMask) ^ kMask;
  to.put(31, 5);  // 32 bit planes.
  std::size_t known = 0;
  for (unsigned plane = 32; plane-- > 0;) {
    const auto bit = [&](std::size_t i) { return v[i] >> plane & 1U; };
    const auto any_from = [&](std::size_t i) {
      for (; i < 4; ++i) {
        if (bit(i) != 0) return true;
      }
      return false;
    };
    for (std::size_t i = 0; i < known; ++i) to.put(bit(i), 1);
    while (known < 4) {
      to.put(any_from(known) ? 1 : 0, 1);
      if (!any_from(known)) break;
      while (known < 3 && bit(known) == 0) {
        to.put(0, 1);
        ++known;
      }
      if (known < 3) to.put(1, 1);
      ++known;
    }
  }
}

/// Encodes a list of integers as a stream with one dimension.
Buffer encode(const std::vector<std::int32_t>& values, LsbBitWriter to = {}) {
  for (std::size_t i = 0; i < values.size(); i += 4) {
    std::array<std::uint32_t, 4> block{};
    for (std::size_t k = 0; k < 4; ++k) {
      block[k] = static_cast<std::uint32_t>(values[std::min(i + k, values.size() - 1)]);
    }
    encode_block(to, block);
  }
  return to.bytes();
}

std::vector<std::int32_t> some_integers(std::size_t count) {
  std::mt19937 rng(3);
  std::vector<std::int32_t> values(count);
  for (auto& v : values) v = static_cast<std::int32_t>(rng() >> rng() % 32) - 1000;
  values[0] = std::numeric_limits<std::int32_t>::min();
  values[1] = std::numeric_limits<std::int32_t>::max();
  return values;
}

/// Writes the header of a reversible stream of int32 with one dimension.
LsbBitWriter header(std::size_t count, unsigned version = 5) {
  LsbBitWriter to;
  for (const char c : {'z', 'f', 'p'}) to.put(static_cast<std::uint64_t>(c), 8);
  to.put(version, 8);
  to.put(0, 4);  // int32, one dimension.
  to.put(count - 1, 48);
  to.put(2176, 12);
  return to;
}

std::vector<double> words_of(const Buffer& bytes, bool swaps = false) {
  std::vector<double> words{0};
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, 4);
    words.push_back(swaps ? __builtin_bswap32(word) : word);
  }
  return words;
}

TEST(CodecsZfp, DecodesStreamsWithAndWithoutHeader) {
  for (const std::size_t count : {2U, 4U, 175U, 1000U}) {
    const auto values = some_integers(count);
    const Buffer expected = bytes_of(values);
    const auto check = [&](std::vector<double> params, const Buffer& stored, const char* what) {
      expect_decodes(chain_of({{CodecId::zfp, std::move(params)}}, expected.size()), stored, expected, what);
    };
    check({}, encode(values, header(count)), "header in the stream");
    check(words_of(header(count).bytes()), encode(values), "header in the parameters");
    check({1, kInt32, 1, kMaxBits, 64, kReversible, double(count)}, encode(values), "no header");
  }
}

TEST(CodecsZfp, SwapsBytesIfTheWordsOfTheHeaderAreSwapped) {
  const auto values = some_integers(50);
  std::vector<std::uint32_t> swapped;
  for (const auto v : values) swapped.push_back(__builtin_bswap32(static_cast<std::uint32_t>(v)));
  const CodecChain chain = chain_of({{CodecId::zfp, words_of(header(50).bytes(), true)}}, 200);
  expect_decodes(chain, encode(values), bytes_of(swapped), "a header of a big-endian machine");
}

TEST(CodecsZfp, ConvertsPromotedIntegers) {
  const std::vector<std::int16_t> small{-32768, 32767, 0, -1, 77};
  std::vector<std::int32_t> promoted;
  for (const auto v : small) promoted.push_back(v * (1 << 15));
  const CodecChain chain = chain_of({{CodecId::zfp, {1, kInt16, 1, kMaxBits, 64, kReversible, 5}}}, 10);
  expect_decodes(chain, encode(promoted), bytes_of(small), "int16");
  // Lossy streams may have values beyond the range of the type.
  const CodecChain uint = chain_of({{CodecId::zfp, {1, kUint32, 1, kMaxBits, 64, kReversible, 3}}}, 12);
  expect_decodes(uint, encode({-5, 5, 2147483647}), bytes_of(std::vector<std::uint32_t>{0, 5, 2147483647}), "uint32");
}

TEST(CodecsZfp, RefusesWrongSizesVersionsAndParameters) {
  const auto values = some_integers(20);
  Buffer out(80);
  const auto error_of = [&](std::vector<double> params, const Buffer& stored) -> std::optional<ErrorKind> {
    const CodecChain chain = chain_of({{CodecId::zfp, std::move(params)}}, out.size());
    const Status status = decode_into(chain, stored, out, {0, out.size()});
    return status.ok() ? std::nullopt : std::optional(status.error().kind);
  };
  EXPECT_EQ(error_of({}, encode(values, header(20))), std::nullopt);
  EXPECT_EQ(error_of({}, encode(values, header(19))), ErrorKind::codec);
  EXPECT_EQ(error_of({}, encode(values, header(20, 4))), ErrorKind::unsupported);
  EXPECT_EQ(error_of({}, encode(values)), ErrorKind::codec);
  EXPECT_EQ(error_of({}, header(20).bytes()), ErrorKind::codec);
  Buffer truncated = encode(values, header(20));
  truncated.resize(truncated.size() - 2);
  EXPECT_EQ(error_of({}, truncated), ErrorKind::codec);
  // A chain with invalid parameters fails when it decodes a chunk.
  EXPECT_EQ(error_of({1, kInt32, 9, 8, 64, kReversible, 20}, encode(values)), ErrorKind::unsupported);
  EXPECT_EQ(error_of({1, kInt32, 1, kMaxBits, 64, kReversible}, encode(values)), ErrorKind::unsupported);
  EXPECT_EQ(error_of({1, kInt32, 1, kMaxBits, 65, kReversible, 20}, encode(values)), ErrorKind::unsupported);
  EXPECT_EQ(error_of({0, 1, 2}, encode(values)), ErrorKind::unsupported);
}

TEST(CodecsZfp, DamagedStreamsFailCleanly) {
  const auto values = some_integers(175);
  const Buffer stored = encode(values, header(175));
  expect_survives_mutations(chain_of({{CodecId::zfp, {}}}, 700), stored, 700, 20000, 1);
  for (const double rank : {2, 3, 4}) {
    std::vector<double> params{1, kInt32, 1, kMaxBits, 64, kReversible, 7, 25};
    for (double d = 2; d < rank; ++d) params.push_back(1);
    expect_survives_mutations(chain_of({{CodecId::zfp, params}}, 700), stored, 700, 5000, 2);
  }
}

}  // namespace
}  // namespace posixpar::codec_test
