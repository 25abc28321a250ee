// Decodes blocks of N5 and streams of lz4-java that are composed byte by byte.
#include "test/native/codecs_support.h"

#if defined(POSIXPAR_HAVE_LZ4)
#include <lz4.h>
#endif

namespace posixpar::codec_test {
namespace {

void append_big(Buffer& to, std::uint32_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) to.push_back(static_cast<std::byte>(value >> (8 * i) & 0xFFU));
}

/// Returns the header of a block.
Buffer header_of(const std::vector<std::uint32_t>& shape, std::uint32_t mode = 0) {
  Buffer out;
  append_big(out, mode, 2);
  append_big(out, static_cast<std::uint32_t>(shape.size()), 2);
  for (const std::uint32_t size : shape) append_big(out, size, 4);
  return out;
}

/// Returns a raw block of shape `shape` whose elements are 1, 2, 3 and so on, and the same elements in a block of shape
/// `full`, in which all other elements are zero. The first dimension is the fastest.
std::pair<Buffer, Buffer> block_of(const std::vector<std::uint32_t>& shape, const std::vector<std::uint32_t>& full) {
  Buffer stored = header_of(shape);
  std::size_t size = 1;
  for (const std::uint32_t extent : full) size *= extent;
  Buffer decoded(2 * size);
  std::uint16_t next = 0;
  for (std::size_t i = 0; i < size; ++i) {
    bool inside = true;
    for (std::size_t d = 0, rest = i; d < full.size(); rest /= full[d++]) inside = inside && rest % full[d] < shape[d];
    if (!inside) continue;
    append(stored, ++next);
    std::memcpy(decoded.data() + 2 * i, &next, 2);
  }
  return {stored, decoded};
}

CodecSpec raw_block(const std::vector<std::uint32_t>& full) {
  CodecSpec spec{CodecId::n5_block, {2, static_cast<double>(full.size())}};
  spec.params.insert(spec.params.end(), full.begin(), full.end());
  spec.params.push_back(0);
  return spec;
}

TEST(CodecsN5, BlocksAtEdgesAreSpreadOverTheFullBlock) {
  std::mt19937 rng(1);
  for (int i = 0; i < 300; ++i) {
    std::vector<std::uint32_t> full(rng() % 4 + 1);
    std::vector<std::uint32_t> shape(full.size());
    for (std::size_t d = 0; d < full.size(); ++d) {
      full[d] = static_cast<std::uint32_t>(rng() % 6 + 1);
      shape[d] = rng() % 3 == 0 ? full[d] : static_cast<std::uint32_t>(rng() % (full[d] + 1));
    }
    const auto [stored, decoded] = block_of(shape, full);
    expect_decodes(chain_of({raw_block(full)}, decoded.size()), stored, decoded, "block " + std::to_string(i));
  }
}

TEST(CodecsN5, DamagedBlocksNameTheProblem) {
  const std::vector<std::uint32_t> full{4, 3};
  const CodecChain chain = chain_of({raw_block(full)}, 24);
  const auto problem = [&](const Buffer& stored) {
    Buffer out(24);
    const Status status = decode_into(chain, stored, out, {0, 24});
    return status.ok() ? std::string("none") : status.error().message;
  };
  EXPECT_NE(problem(header_of({4, 3}, 1)).find("variable length (mode 1)"), std::string::npos);
  EXPECT_NE(problem(header_of({4, 3}, 7)).find("mode 7"), std::string::npos);
  EXPECT_NE(problem(header_of({12})).find("expected a block of 2 dimensions, found 1"), std::string::npos);
  EXPECT_NE(problem(header_of({5, 3})).find("at most 4 elements in dimension 0, found 5"), std::string::npos);
  EXPECT_NE(problem(header_of({4, 3})).find("decode to 24 bytes, found 0"), std::string::npos);
  EXPECT_NE(problem({}).find("found a shorter chunk"), std::string::npos);
  EXPECT_NE(problem(Buffer(8)).find("found 0"), std::string::npos);
}

TEST(CodecsN5, DamagedBlocksFailCleanly) {
  const auto [stored, decoded] = block_of({5, 3, 4}, {7, 5, 10});
  expect_survives_mutations(chain_of({raw_block({7, 5, 10})}, decoded.size()), stored, decoded.size(), 20000, 1);
}

TEST(CodecsN5, BlocksWithInvalidParametersAreRefused) {
  const std::vector<std::vector<double>> invalid{{},
                                                 {0, 1, 4, 0},
                                                 {2, 0, 0},
                                                 {2, 33},
                                                 {2, 1},
                                                 {2, 1, 4},
                                                 {2, 1, 1e10, 0},
                                                 {2, 1, 4, 31, 2, 1, 4, 0},
                                                 {8, 2, 65536, 65536, 0}};
  for (const auto& params : invalid) {
    const CodecChain chain = chain_of({{CodecId::n5_block, params}}, 8);
    Buffer out(8);
    const Status status = decode_into(chain, header_of({4}), out, {0, 8});
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::unsupported);
  }
}

#if defined(POSIXPAR_HAVE_LZ4)

/// Returns a block of lz4-java. `checksum` is the low 28 bits of the xxHash of `data`.
Buffer java_block(const Buffer& data, bool plain, std::uint32_t checksum) {
  Buffer block(data.size() + 100);
  block.resize(static_cast<std::size_t>(
      LZ4_compress_default(reinterpret_cast<const char*>(data.data()), reinterpret_cast<char*>(block.data()),
                           static_cast<int>(data.size()), static_cast<int>(block.size()))));
  const Buffer& stored = plain ? data : block;
  Buffer out = bytes_of(std::string("LZ4Block"));
  append(out, static_cast<std::uint8_t>(plain ? 0x10 : 0x20));
  append(out, static_cast<std::uint32_t>(stored.size()));
  append(out, static_cast<std::uint32_t>(data.size()));
  append(out, checksum);
  append_bytes(out, stored);
  return out;
}

// Texts, and the low 28 bits of their xxHash with the seed 0x9747b28c.
const std::string kShort = "abc";
constexpr std::uint32_t kShortSum = 0xd4cb222;
constexpr std::uint32_t kLongSum = 0x832bd5a;
const std::string kLong = "a text that is longer than the sixteen bytes of one step of the hash";

TEST(CodecsN5, StreamsOfLz4JavaDecode) {
  Buffer stored = java_block(bytes_of(kLong), false, kLongSum);
  append_bytes(stored, java_block(bytes_of(kShort), true, kShortSum));
  append_bytes(stored, java_block({}, true, 0));
  const Buffer decoded = bytes_of(kLong + kShort);
  const CodecChain chain = chain_of({{CodecId::lz4_java, {}}}, decoded.size());
  expect_decodes(chain, stored, decoded, "two blocks");
  expect_survives_mutations(chain, stored, decoded.size(), 20000, 2);
  // A chain passes an upper bound to the codec that was applied last.
  expect_decodes(chain_of({{CodecId::shuffle, {1}}, {CodecId::lz4_java, {}}}, decoded.size()), stored, decoded,
                 "chain");
}

TEST(CodecsN5, StreamsOfLz4JavaAreChecked) {
  const Buffer data = bytes_of(kShort);
  const CodecChain chain = chain_of({{CodecId::lz4_java, {}}}, data.size());
  Buffer out(data.size());
  const Status wrong = decode_into(chain, java_block(data, true, kShortSum ^ 1U), out, {0, data.size()});
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("its checksum is wrong"), std::string::npos);
  const Status empty = decode_into(chain, java_block({}, true, 0), out, {0, data.size()});
  ASSERT_FALSE(empty.ok());
  EXPECT_NE(empty.error().message.find("expected the chunk to decode to 3 bytes, found 0"), std::string::npos);
}

#endif

}  // namespace
}  // namespace posixpar::codec_test
