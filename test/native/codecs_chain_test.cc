// Tests codec chains: the order of the codecs, filter masks, sizes and errors.
#include <algorithm>
#include <limits>

#include "native/codecs/checksum32.h"
#include "native/codecs/crc32c.h"
#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

Buffer with_crc32c(Buffer payload) {
  const std::uint32_t sum = codecs::crc32c(payload);
  append(payload, sum);
  return payload;
}

Buffer with_crc32_first(const Buffer& payload) {
  Buffer out;
  append(out, codecs::crc32(payload));
  append_bytes(out, payload);
  return out;
}

Buffer shuffled(const Buffer& plain, std::size_t width) {
  const std::size_t n = plain.size() / width;
  Buffer out = plain;
  for (std::size_t i = 0; i < n * width; ++i) out[i % width * n + i / width] = plain[i];
  return out;
}

ErrorKind build_error(std::vector<CodecSpec> specs, std::size_t size = 8) {
  auto chain = CodecChain::build(specs, size);
  EXPECT_FALSE(chain.ok());
  return chain.ok() ? ErrorKind::io : chain.error().kind;
}

/// Returns the error message of a chain of one codec. Also checks that a chunk decodes if the filter mask skips the
/// codec.
std::string refusal(const CodecSpec& spec) {
  const CodecChain chain = chain_of({spec}, 8);
  const Buffer stored = random_bytes(8, 3);
  Buffer out(8);
  CodecScratch scratch;
  EXPECT_TRUE(chain.decode(stored, 1, out, {0, 8}, scratch).ok());
  EXPECT_EQ(out, stored);
  Status status = chain.decode(stored, 0, out, {0, 8}, scratch);
  if (status.ok()) return "";
  EXPECT_EQ(status.error().kind, ErrorKind::unsupported);
  return status.error().message;
}

TEST(CodecsChain, AnEmptyChainCopiesAndChecksTheSize) {
  const Buffer data = random_bytes(100, 1);
  const CodecChain chain = chain_of({}, data.size());
  EXPECT_TRUE(chain.empty());
  EXPECT_TRUE(chain.can_decode_ranges());
  expect_decodes(chain, data, data, "plain");
  Buffer out(99);
  const Status status = decode_into(chain, data, out, {0, 99});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::codec);
  EXPECT_NE(status.error().message.find("99"), std::string::npos) << status.error().message;
  EXPECT_NE(status.error().message.find("100"), std::string::npos) << status.error().message;
}

TEST(CodecsChain, ADefaultChainIsEmpty) {
  const CodecChain chain;
  const Buffer data = random_bytes(10, 1);
  EXPECT_TRUE(chain.empty());
  expect_decodes(chain, data, data, "default");
}

TEST(CodecsChain, DecodesFromTheLastCodecToTheFirst) {
  for (const std::size_t size : {4U, 7U, 64U, 1001U}) {
    const Buffer data = random_bytes(size, 2);
    const CodecChain a = chain_of({{CodecId::shuffle, {4}}, {CodecId::crc32c, {}}}, size);
    expect_decodes(a, with_crc32c(shuffled(data, 4)), data, "shuffle, crc32c");
    const CodecChain b = chain_of({{CodecId::crc32c, {}}, {CodecId::shuffle, {4}}}, size);
    expect_decodes(b, shuffled(with_crc32c(data), 4), data, "crc32c, shuffle");
  }
}

TEST(CodecsChain, KeepsThePayloadOfAChecksumBetweenTwoCodecs) {
  // A checksum codec returns a part of its input. The neighbouring codecs must not overwrite that part.
  const Buffer data = random_bytes(5000, 3);
  const CodecChain chain = chain_of({{CodecId::shuffle, {8}},
                                     {CodecId::checksum32, {0}},
                                     {CodecId::crc32c, {}},
                                     {CodecId::shuffle, {3}},
                                     {CodecId::crc32c, {}},
                                     {CodecId::shuffle, {2}}},
                                    data.size());
  const Buffer inner = with_crc32c(with_crc32_first(shuffled(data, 8)));
  expect_decodes(chain, shuffled(with_crc32c(shuffled(inner, 3)), 2), data, "checksums between shuffles");
}

TEST(CodecsChain, AMaskedCodecIsSkipped) {
  const Buffer data = random_bytes(400, 4);
  const CodecChain chain = chain_of({{CodecId::shuffle, {4}}, {CodecId::crc32c, {}}}, data.size());
  expect_decodes(chain, with_crc32c(data), data, "without shuffle", 1);
  expect_decodes(chain, shuffled(data, 4), data, "without crc32c", 2);
  expect_decodes(chain, data, data, "without both", 3);
  expect_decodes(chain, with_crc32c(shuffled(data, 4)), data, "bits beyond the chain", 0xFFFFFFFCU);
}

TEST(CodecsChain, ACountedChunkMayHaveAnySizeUpToTheMaximum) {
  const CodecChain chain = chain_of({{CodecId::counted, {}}, {CodecId::crc32c, {}}}, 64);
  for (const std::size_t size : {0U, 1U, 40U, 56U}) {
    const Buffer data = random_bytes(size, 6);
    Buffer expected;
    append(expected, std::uint64_t{size});
    append_bytes(expected, data);
    Buffer out(64);
    ASSERT_TRUE(decode_into(chain, with_crc32c(data), out, {0, 64}).ok());
    out.resize(expected.size());
    EXPECT_EQ(out, expected);
  }
  for (const std::size_t room : {1U, 7U, 8U, 64U}) {
    Buffer out(room);
    const Status status = decode_into(chain, with_crc32c(random_bytes(57, 6)), out, {0, room});
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::codec);
  }
}

TEST(CodecsChain, AShorterEdgeChunkDecodesToItsExactSize) {
  const Buffer data = random_bytes(40, 5);
  const CodecChain chain = chain_of({{CodecId::shuffle, {4}}, {CodecId::crc32c, {}}}, 400);
  expect_decodes(chain, with_crc32c(shuffled(data, 4)), data, "edge");
}

TEST(CodecsChain, DecodesNothingIfNothingIsNeeded) {
  const CodecChain chain = chain_of({{CodecId::crc32c, {}}}, 100);
  Buffer out(100, std::byte{7});
  EXPECT_TRUE(decode_into(chain, {}, out, {50, 50}).ok());
  EXPECT_TRUE(decode_into(chain, {}, out, {100, 200}).ok());
  EXPECT_EQ(out, Buffer(100, std::byte{7}));
}

TEST(CodecsChain, CanDecodeRangesOnlyOfASingleBlockwiseCodec) {
  EXPECT_TRUE(chain_of({{CodecId::blosc, {}}}, 8).can_decode_ranges());
  EXPECT_TRUE(chain_of({{CodecId::tiledb_tile, {22, 4, 0, 0}}}, 8).can_decode_ranges());
  EXPECT_FALSE(chain_of({{CodecId::blosc, {}}, {CodecId::crc32c, {}}}, 8).can_decode_ranges());
  EXPECT_FALSE(chain_of({{CodecId::crc32c, {}}}, 8).can_decode_ranges());
}

TEST(CodecsChain, RefusesChunksOfUnknownCodecsAndInvalidParameters) {
  EXPECT_EQ(refusal({static_cast<CodecId>(0), {}}), "unknown codec id 0");
  EXPECT_EQ(refusal({static_cast<CodecId>(9999), {}}), "unknown codec id 9999");
  EXPECT_EQ(refusal({CodecId::unsupported, {'L', 'Z', 'O'}}), "LZO");
  EXPECT_EQ(build_error(std::vector<CodecSpec>(33, {CodecId::crc32c, {}})), ErrorKind::invalid);
  EXPECT_EQ(build_error({}, std::numeric_limits<std::size_t>::max()), ErrorKind::invalid);
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const std::vector<CodecSpec> invalid = {
      {CodecId::shuffle, {}},
      {CodecId::shuffle, {0}},
      {CodecId::shuffle, {-4}},
      {CodecId::shuffle, {1.5}},
      {CodecId::shuffle, {kNan}},
      {CodecId::shuffle, {kInfinite}},
      {CodecId::shuffle, {1e300}},
      {CodecId::bitshuffle_hdf5, {4, 12, 0}},
      {CodecId::bitshuffle_hdf5, {4, 0, 1}},
      {CodecId::bitshuffle_hdf5, {4, 0}},
      {CodecId::crc32c, {2}},
      {CodecId::checksum32, {}},
      {CodecId::delta, {5, 5, 0}},
      {CodecId::delta, {14, 5, 0, 0}},
      {CodecId::fixed_scale_offset, {5, 11, 0, 0, 0, 1}},
      {CodecId::fixed_scale_offset, {5, 11, 0, 0, kNan, 1}},
      {CodecId::nbit, {}},
      {CodecId::nbit, {8, 0, 10, 1, 4, 0, 33, 0}},
      {CodecId::nbit, {8, 0, 10, 1, 4, 0, 30, 3}},
      {CodecId::nbit, {8, 0, 10, 1, 4, 0, 0, 0}},
      {CodecId::scale_offset, {2, 0, 10, 0, 3, 0, 0, 0}},
      {CodecId::scale_offset, {0, 0, 10, 0, 4, 0, 0, 0}},
      {CodecId::tiledb_tile, {}},
      {CodecId::tiledb_tile, {22, 4, 0, 1, 2}},
      {CodecId::tiledb_tile, {24, 4, 0, 0}},
      {CodecId::tiledb_tile, {22, 4, 2, 1, 19, 0}},
      {CodecId::tiledb_tile, {22, 4, 2, 1, 15, 0}},
  };
  for (const CodecSpec& spec : invalid) {
    EXPECT_EQ(refusal(spec).find("invalid parameters of codec "), 0) << static_cast<int>(spec.id);
  }
  EXPECT_EQ(refusal({CodecId::tiledb_tile, {22, 4, 99, 0}}).find("codec tiledb"), 0);
  EXPECT_EQ(refusal({CodecId::tiledb_tile, {22, 4, 0, 1, 18, 0}}).find("codec tiledb"), 0);
  EXPECT_EQ(refusal({CodecId::tiledb_tile, {22, 4, 0, 1, 77, 0}}).find("codec tiledb"), 0);
}

TEST(CodecsChain, ADamagedChecksumNamesTheCodecAndBothSums) {
  Buffer stored = with_crc32c(random_bytes(100, 6));
  stored[50] ^= std::byte{1};
  Buffer out(100);
  const Status status = decode_into(chain_of({{CodecId::crc32c, {}}}, 100), stored, out, {0, 1});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::codec);
  EXPECT_STREQ(status.error().op, "crc32c");
  EXPECT_NE(status.error().message.find("checksum"), std::string::npos);
}

TEST(CodecsScratch, SlotsDoNotOverlapAndGrow) {
  CodecScratch scratch;
  const MutableBytes a = scratch.take(0, 10);
  const MutableBytes b = scratch.take(1, 1 << 20);
  ASSERT_EQ(a.size(), 10U);
  ASSERT_EQ(b.size(), std::size_t{1} << 20);
  std::ranges::fill(a, std::byte{1});
  std::ranges::fill(b, std::byte{2});
  EXPECT_TRUE(std::ranges::all_of(a, [](std::byte v) { return v == std::byte{1}; }));
  EXPECT_EQ(scratch.take(1, 10).data(), b.data());
  EXPECT_EQ(scratch.take(0, 0).size(), 0U);
  EXPECT_TRUE(scratch.take(4, 1).empty());
  EXPECT_TRUE(scratch.take(0, std::numeric_limits<std::size_t>::max()).empty());
}

}  // namespace
}  // namespace posixpar::codec_test
