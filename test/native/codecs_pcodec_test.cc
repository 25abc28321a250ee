// Decodes streams of pcodec that the test writes by the definition of the format. The streams of the library are in the
// codec corpus.
#include <bit>
#include <functional>
#include <optional>

#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

constexpr unsigned kU32 = 1;
constexpr unsigned kI64 = 4;
constexpr unsigned kF32 = 5;
constexpr unsigned kU16 = 7;
constexpr unsigned kI16 = 8;
constexpr unsigned kF16 = 9;
constexpr unsigned kI8 = 11;
constexpr std::size_t kBatch = 256;

/// A latent variable with one bin, which begins at 0 and has offsets of all bits.
struct Latents {
  unsigned width = 32;
  std::vector<std::uint64_t> stored;
  std::vector<std::uint64_t> states;  ///< First values of a variable that is stored as differences.
};

using WriteBits = std::function<void(LsbBitWriter&)>;

/// Parts of a chunk.
struct Chunk {
  unsigned type = kU32;
  std::size_t count = 0;
  WriteBits mode = [](LsbBitWriter& to) { to.put(0, 4); };
  WriteBits delta = [](LsbBitWriter& to) { to.put(0, 4); };
  std::vector<Latents> variables;
};

LsbBitWriter header(unsigned version, unsigned stream = 3) {
  LsbBitWriter to;
  for (const char c : {'p', 'c', 'o', '!'}) to.put(static_cast<std::uint64_t>(c), 8);
  to.put(stream, 8);
  if (stream >= 3) to.put(0, 8);
  to.put(0, 7);  // No number of numbers, in one bit.
  to.align();
  to.put(version, 8);
  if (version >= 4) to.put(1, 8);
  return to;
}

void put_chunk(LsbBitWriter& to, const Chunk& chunk) {
  to.put(chunk.type, 8);
  to.put(chunk.count - 1, 24);
  chunk.mode(to);
  chunk.delta(to);
  for (const Latents& v : chunk.variables) {
    to.put(0, 4);   // One state.
    to.put(1, 15);  // One bin.
    to.put(0, v.width);
    to.put(v.width, static_cast<unsigned>(std::bit_width(v.width)));
  }
  to.align();
  for (const Latents& v : chunk.variables) {
    for (const auto state : v.states) to.put(state, v.width);
  }
  to.align();
  for (std::size_t at = 0; at < chunk.count; at += kBatch) {
    for (const Latents& v : chunk.variables) {
      for (std::size_t i = at; i < std::min(at + kBatch, v.stored.size()); ++i) to.put(v.stored[i], v.width);
    }
  }
  to.align();
}

Buffer encode(const Chunk& chunk, unsigned version = 4) {
  LsbBitWriter to = header(version);
  put_chunk(to, chunk);
  to.put(0, 8);
  return to.bytes();
}

template <typename T>
void expect_numbers(const Buffer& stored, const std::vector<T>& expected, const char* what) {
  const Buffer bytes = bytes_of(expected);
  expect_decodes(chain_of({{CodecId::pcodec, {}}}, bytes.size()), stored, bytes, what);
}

/// Returns the kind of the error of a stream that should have `size` bytes; nothing if there is no error.
std::optional<ErrorKind> error_of(const Buffer& stored, std::size_t size) {
  Buffer out(size);
  const Status status = decode_into(chain_of({{CodecId::pcodec, {}}}, size), stored, out, {0, size});
  return status.ok() ? std::nullopt : std::optional(status.error().kind);
}

/// Returns a chunk of the numbers 0, 1, 2... of the type uint32.
Chunk counting(std::size_t count) {
  Latents latents;
  for (std::size_t i = 0; i < count; ++i) latents.stored.push_back(i);
  return {.count = count, .variables = {latents}};
}

std::vector<std::uint32_t> counted(std::size_t count) {
  std::vector<std::uint32_t> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<std::uint32_t>(i);
  return numbers;
}

void put_consecutive(LsbBitWriter& to, unsigned order, bool secondary = false) {
  to.put(1, 4);
  to.put(order, 3);
  to.put(secondary ? 1 : 0, 1);
}

TEST(CodecsPcodec, DecodesChunksOfSeveralBatches) {
  for (const std::size_t count : {1U, 256U, 257U, 1000U}) {
    expect_numbers(encode(counting(count)), counted(count), "one chunk");
  }
  LsbBitWriter to = header(3, 2);
  put_chunk(to, counting(300));
  put_chunk(to, counting(7));
  to.put(0, 8);
  auto expected = counted(300);
  for (std::uint32_t i = 0; i < 7; ++i) expected.push_back(i);
  expect_numbers(to.bytes(), expected, "two chunks");
}

TEST(CodecsPcodec, OrdersSignedIntegersAndFloats) {
  const auto classic = [](unsigned type, unsigned width, std::vector<std::uint64_t> latents) {
    return encode({.type = type, .count = latents.size(), .variables = {{width, latents, {}}}});
  };
  expect_numbers<std::int8_t>(classic(kI8, 8, {0, 127, 128, 255}), {-128, -1, 0, 127}, "int8");
  expect_numbers<std::int16_t>(classic(kI16, 16, {0, 32768, 65535}), {-32768, 0, 32767}, "int16");
  expect_numbers<std::uint16_t>(classic(kU16, 16, {0, 32768, 65535}), {0, 32768, 65535}, "uint16");
  expect_numbers<std::int64_t>(classic(kI64, 64, {(std::uint64_t{1} << 63) - 2}), {-2}, "int64");
  expect_numbers<float>(classic(kF32, 32, {~std::uint64_t{0xC0200000} & 0xFFFFFFFF, 0xBF800000}), {-2.5F, 1.0F}, "f32");
  expect_numbers<std::uint16_t>(classic(kF16, 16, {0xBC00, 0x43FF}), {0x3C00, 0xBC00}, "float16");
}

TEST(CodecsPcodec, FollowsTheStatesOfSeveralBins) {
  // Two bins of one state each: a bit selects the bin of the number four places later.
  LsbBitWriter to = header(4);
  to.put(kU32, 8);
  to.put(8 - 1, 24);
  to.put(0, 8);   // Classic, no differences.
  to.put(1, 4);   // Two states.
  to.put(2, 15);  // Two bins: 10, and 20 to 23.
  for (const auto& [lower, offset_bits] : {std::pair{10U, 0U}, std::pair{20U, 2U}}) {
    to.put(0, 1);
    to.put(lower, 32);
    to.put(offset_bits, 6);
  }
  to.align();
  for (const unsigned bin : {1U, 0U, 0U, 1U}) to.put(bin, 1);
  to.align();
  for (const unsigned bin : {0U, 1U, 1U, 1U}) to.put(bin, 1);
  for (int last = 0; last < 4; ++last) to.put(0, 1);
  for (const unsigned offset : {1U, 2U, 3U, 0U, 1U}) to.put(offset, 2);
  to.align();
  to.put(0, 8);
  expect_numbers<std::uint32_t>(to.bytes(), {21, 10, 10, 22, 10, 23, 20, 21}, "two bins");
}

TEST(CodecsPcodec, JoinsTheLatentsOfEachMode) {
  const auto multiples = [](LsbBitWriter& to) {
    to.put(1, 4);
    to.put(10, 32);
  };
  const Latents first{32, {3, 7}, {}};
  const Latents second{32, {1, 4}, {}};
  expect_numbers<std::uint32_t>(encode({kU32, 2, multiples, Chunk{}.delta, {first, second}}), {31, 74}, "int mult");
  const auto products = [](LsbBitWriter& to) {
    to.put(2, 4);
    to.put(0xBE800000, 32);  // Rank of 0.25.
  };
  // 0.25 times 3 and -2 (the integer 0 has the rank 2^31), the second with the next float.
  const Latents factors{32, {0x80000003, 0x7FFFFFFD}, {}};
  const Latents steps{32, {0x80000000, 0x80000001}, {}};
  expect_numbers<float>(encode({kF32, 2, products, Chunk{}.delta, {factors, steps}}), {0.75F, -0x0.FFFFFFp-1F},
                        "float mult");
  const auto quanta = [](LsbBitWriter& to) {
    to.put(3, 4);
    to.put(8, 8);
  };
  const Latents high{32, {0xBF8000, 0x407FFF}, {}};
  const Latents low{32, {5, 0}, {}};
  expect_numbers<float>(encode({kF32, 2, quanta, Chunk{}.delta, {high, low}}), {0x1.00000Ap0F, -1.0F}, "float quant");
  const auto dictionary = [](LsbBitWriter& to) {
    to.put(4, 4);
    to.put(3, 25);
    to.align();
    for (const std::uint64_t rank : {0x8005, 0x7FFF, 0x8000}) to.put(rank, 16);
  };
  const Latents indexes{32, {2, 0, 1, 1}, {}};
  expect_numbers<std::int16_t>(encode({kI16, 4, dictionary, Chunk{}.delta, {indexes}}), {0, 5, -1, -1}, "dictionary");
  EXPECT_EQ(error_of(encode({kI16, 1, dictionary, Chunk{}.delta, {{32, {3}, {}}}}), 2), ErrorKind::codec);
  EXPECT_EQ(error_of(encode({kI16, 4, dictionary, Chunk{}.delta, {indexes}}, 3), 8), ErrorKind::unsupported);
}

TEST(CodecsPcodec, AddsDifferences) {
  constexpr std::uint64_t kMiddle = 0x80000000;
  const auto numbers = [](WriteBits delta, std::vector<Latents> variables) {
    return encode({kU32, 6, Chunk{}.mode, std::move(delta), std::move(variables)});
  };
  // The second differences of 1, 3, 5, 17, 29, 42.
  const Latents second{32, {kMiddle, kMiddle + 10, kMiddle, kMiddle + 1}, {1, 2}};
  expect_numbers<std::uint32_t>(numbers([](LsbBitWriter& to) { put_consecutive(to, 2); }, {second}),
                                {1, 3, 5, 17, 29, 42}, "consecutive");
  const auto lookback = [](LsbBitWriter& to) {
    to.put(2, 4);
    to.put(1, 5);  // A window of 4 numbers.
    to.put(1, 4);  // Two states.
    to.put(0, 1);
  };
  const Latents changes{32, {kMiddle, kMiddle, kMiddle + 1, kMiddle - 2}, {50, 70}};
  expect_numbers<std::uint32_t>(numbers(lookback, {{32, {2, 2, 1, 4}, {}}, changes}), {50, 70, 50, 70, 71, 68},
                                "lookback");
  EXPECT_EQ(error_of(numbers(lookback, {{32, {2, 5, 1, 4}, {}}, changes}), 24), ErrorKind::codec);
  EXPECT_EQ(error_of(numbers(lookback, {{32, {2, 0, 1, 4}, {}}, changes}), 24), ErrorKind::codec);
  const auto convolution = [](LsbBitWriter& to) {
    to.put(3, 4);
    to.put(1, 5);                              // Half of the sum.
    to.put((std::uint64_t{1} << 63) + 6, 64);  // 6
    to.put(1, 5);                              // Two weights.
    to.put((std::uint64_t{1} << 31) - 2, 32);  // -2
    to.put((std::uint64_t{1} << 31) + 4, 32);  // 4
  };
  // (6 - 2 * 10 + 4 * 20) / 2 = 33, then 59 with the difference 1; negative sums count as 0.
  const Latents residuals{32, {kMiddle, kMiddle + 10, kMiddle - 83, kMiddle + 7}, {10, 20}};
  expect_numbers<std::uint32_t>(numbers(convolution, {residuals}), {10, 20, 33, 59, 5, 7}, "convolution");
}

TEST(CodecsPcodec, RefusesOtherVersionsModesAndSizes) {
  const Chunk chunk = counting(20);
  EXPECT_EQ(error_of(encode(chunk), 80), std::nullopt);
  EXPECT_EQ(error_of(encode(chunk), 76), ErrorKind::codec);
  EXPECT_EQ(error_of(encode(chunk), 84), ErrorKind::codec);
  EXPECT_EQ(error_of(encode(chunk, 5), 80), ErrorKind::unsupported);
  EXPECT_EQ(error_of(header(4, 4).bytes(), 80), ErrorKind::unsupported);
  EXPECT_EQ(error_of(header(4).bytes(), 80), ErrorKind::codec);
  Chunk other = chunk;
  other.type = 12;
  EXPECT_EQ(error_of(encode(other), 80), ErrorKind::unsupported);
  other = chunk;
  other.mode = [](LsbBitWriter& to) { to.put(5, 4); };
  EXPECT_EQ(error_of(encode(other), 80), ErrorKind::unsupported);
  other.mode = [](LsbBitWriter& to) {
    to.put(3, 4);
    to.put(8, 8);
  };
  EXPECT_EQ(error_of(encode(other), 80), ErrorKind::codec) << "quantized integers";
  other = chunk;
  other.delta = [](LsbBitWriter& to) { to.put(4, 4); };
  EXPECT_EQ(error_of(encode(other), 80), ErrorKind::unsupported);
  Buffer stored = encode(chunk);
  stored.push_back(std::byte{1});
  EXPECT_EQ(error_of(stored, 80), std::nullopt) << "bytes after the end";
  for (std::size_t size = 0; size + 1 < stored.size(); ++size) {
    Buffer truncated = stored;
    truncated.resize(size);
    EXPECT_EQ(error_of(truncated, 80), ErrorKind::codec) << size;
  }
}

TEST(CodecsPcodec, RefusesManyLargeTables) {
  constexpr unsigned kSizeLog = 14;
  const auto stream = [](std::size_t chunks) {
    LsbBitWriter to = header(4);
    for (std::size_t i = 0; i < chunks; i++) {
      to.put(kU32, 8);
      to.put(0, 24);  // One number.
      to.put(0, 4);
      to.put(0, 4);
      to.put(kSizeLog, 4);
      to.put(1, 15);  // One bin with all states.
      to.put((1U << kSizeLog) - 1, kSizeLog);
      to.put(7, 32);
      to.put(0, 6);
      to.align();
      for (std::size_t lane = 0; lane < 4; lane++) to.put(0, kSizeLog);
      to.align();
    }
    to.put(0, 8);
    return to.bytes();
  };
  EXPECT_EQ(error_of(stream(3), 3 * sizeof(std::uint32_t)), std::nullopt);
  EXPECT_EQ(error_of(stream(1000), 1000 * sizeof(std::uint32_t)), ErrorKind::codec);
}

TEST(CodecsPcodec, DamagedStreamsFailCleanly) {
  const Buffer stored = encode(counting(300));
  expect_survives_mutations(chain_of({{CodecId::pcodec, {}}}, 1200), stored, 1200, 20000, 1);
}

}  // namespace
}  // namespace posixpar::codec_test
