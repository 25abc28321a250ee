// Decodes Blosc-1 frames. The test builds them from plain and BloscLZ streams, so that it controls every part of a
// frame.
#include "native/codecs/lz4.h"
#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

struct Options {
  unsigned flags = 0;
  std::size_t element = 4;
  std::size_t block = 1024;
  unsigned version = 2;
};

Buffer byte_shuffled(const Buffer& plain, std::size_t begin, std::size_t size, std::size_t width) {
  Buffer out(plain.begin() + static_cast<std::ptrdiff_t>(begin),
             plain.begin() + static_cast<std::ptrdiff_t>(begin + size));
  const std::size_t n = size / width;
  for (std::size_t i = 0; i < n * width; ++i) out[i % width * n + i / width] = plain[begin + i];
  return out;
}

/// Returns a BloscLZ stream that consists of literals.
Buffer as_literals(const Buffer& data) {
  Buffer out;
  for (std::size_t at = 0; at < data.size(); at += 32) {
    const std::size_t n = std::min<std::size_t>(32, data.size() - at);
    out.push_back(static_cast<std::byte>(n - 1));
    out.insert(out.end(), data.begin() + static_cast<std::ptrdiff_t>(at),
               data.begin() + static_cast<std::ptrdiff_t>(at + n));
  }
  return out;
}

/// Returns a frame with one stream per block (flag 0x10), stored as literals.
Buffer frame(const Buffer& data, const Options& o) {
  Buffer out;
  append(out, static_cast<std::uint8_t>(o.version));
  append(out, std::uint8_t{1});
  append(out, static_cast<std::uint8_t>(o.flags | 0x10U));
  append(out, static_cast<std::uint8_t>(o.element));
  append(out, static_cast<std::uint32_t>(data.size()));
  append(out, static_cast<std::uint32_t>(o.block));
  append(out, std::uint32_t{0});
  const std::size_t blocks = (data.size() + o.block - 1) / o.block;
  out.resize(out.size() + 4 * blocks);
  for (std::size_t b = 0; b < blocks; ++b) {
    const auto start = static_cast<std::uint32_t>(out.size());
    std::memcpy(out.data() + 16 + 4 * b, &start, 4);
    const std::size_t size = std::min(o.block, data.size() - b * o.block);
    const bool shuffle = (o.flags & 1U) != 0;
    const Buffer stream = as_literals(byte_shuffled(data, b * o.block, size, shuffle ? o.element : 1));
    append(out, static_cast<std::uint32_t>(stream.size()));
    append_bytes(out, stream);
  }
  const auto total = static_cast<std::uint32_t>(out.size());
  std::memcpy(out.data() + 12, &total, 4);
  return out;
}

CodecChain blosc(std::size_t size) { return chain_of({{CodecId::blosc, {}}}, size); }

void set_u32(Buffer& frame, std::size_t at, std::uint32_t value) { std::memcpy(frame.data() + at, &value, 4); }

TEST(CodecsBlosc, DecodesFramesOfLiterals) {
  for (const std::size_t size : {1U, 3U, 1023U, 1024U, 1025U, 5003U}) {
    const Buffer data = random_bytes(size, 1);
    for (const std::size_t element : {1U, 2U, 4U, 7U, 255U}) {
      for (const unsigned flags : {0U, 1U}) {
        expect_decodes(blosc(size), frame(data, {flags, element, 1024, 2}), data, "blosc");
      }
    }
    expect_decodes(blosc(size), frame(data, {1, 4, 1024, 1}), data, "format version 1");
    expect_decodes(blosc(size), frame(data, {1, 4, 1U << 30U, 2}), data, "one block larger than the data");
  }
}

TEST(CodecsBlosc, DecodesOnlyTheNeededBlocks) {
  const Buffer data = random_bytes(10240, 2);
  Buffer stored = frame(data, {1, 4, 1024, 2});
  // All block offsets except those of blocks 3 and 4 point outside the frame.
  for (std::size_t b = 0; b < 10; ++b) {
    if (b != 3 && b != 4) set_u32(stored, 16 + 4 * b, 0xFFFFFFF0U);
  }
  const CodecChain chain = blosc(data.size());
  for (const Needed& n : {Needed{3072, 5120}, Needed{3500, 3501}, Needed{4095, 4097}, Needed{5119, 5120}}) {
    Buffer out(data.size());
    const Status status = decode_into(chain, stored, out, n);
    ASSERT_TRUE(status.ok()) << status.error().message;
    for (std::size_t i = n.begin; i < n.end; ++i) ASSERT_EQ(out[i], data[i]) << i;
  }
  Buffer out(data.size());
  EXPECT_FALSE(decode_into(chain, stored, out, {3071, 3072}).ok());
  EXPECT_FALSE(decode_into(chain, stored, out, {5119, 5121}).ok());
}

TEST(CodecsBlosc, CopiesPlainFramesAndRefusesTruncatedOnes) {
  const Buffer data = random_bytes(500, 3);
  Buffer stored = frame({}, {2, 4, 500, 2});
  append_bytes(stored, data);
  set_u32(stored, 4, 500);
  set_u32(stored, 12, 516);
  expect_decodes(blosc(500), stored, data, "plain");
  set_u32(stored, 12, 515);
  Buffer out(500);
  EXPECT_FALSE(decode_into(blosc(500), stored, out, {0, 500}).ok());
}

TEST(CodecsBlosc, RefusesInconsistentHeaders) {
  const Buffer data = random_bytes(4096, 4);
  const Buffer good = frame(data, {1, 4, 1024, 2});
  Buffer out(4096);
  const auto refused = [&](std::size_t at, std::uint32_t value) {
    Buffer bad = good;
    set_u32(bad, at, value);
    return !decode_into(blosc(4096), bad, out, {0, 4096}).ok();
  };
  EXPECT_TRUE(refused(4, 4095));  // Decoded size.
  EXPECT_TRUE(refused(4, 0xFFFFFFFFU));
  EXPECT_TRUE(refused(8, 0));    // Block size.
  EXPECT_TRUE(refused(8, 1));    // More blocks than offsets.
  EXPECT_TRUE(refused(12, 15));  // Stored size.
  EXPECT_TRUE(refused(12, 0xFFFFFFFFU));
  EXPECT_TRUE(refused(16, 0));  // Block offset.
  EXPECT_TRUE(refused(16, static_cast<std::uint32_t>(good.size() - 3)));
  EXPECT_TRUE(refused(32, 0x7FFFFFFFU));  // Stream length.
  for (std::size_t cut = 0; cut < good.size(); cut += 7) {
    const Buffer shorter(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(cut));
    EXPECT_FALSE(decode_into(blosc(4096), shorter, out, {0, 4096}).ok()) << cut;
  }
}

TEST(CodecsBlosc, ReportsBlosc2AndUnknownInnerCodecsAsUnsupported) {
  const Buffer data = random_bytes(64, 5);
  Buffer out(64);
  const Status newer = decode_into(blosc(64), frame(data, {0, 4, 64, 5}), out, {0, 64});
  ASSERT_FALSE(newer.ok());
  EXPECT_EQ(newer.error().kind, ErrorKind::unsupported);
  EXPECT_NE(newer.error().message.find("Blosc-2"), std::string::npos);
  const Status unknown = decode_into(blosc(64), frame(data, {7U << 5U, 4, 64, 2}), out, {0, 64});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, ErrorKind::unsupported);
}

TEST(CodecsBlosc, TwentyThousandDamagedFramesFailCleanly) {
  const Buffer data = compressible_bytes(3000, 6);
  for (const unsigned flags : {0U, 1U, 4U, 1U << 5U, 2U << 5U, 3U << 5U, 4U << 5U}) {
    expect_survives_mutations(blosc(data.size()), frame(data, {flags, 4, 512, 2}), data.size(), 3000, flags);
  }
}

}  // namespace
}  // namespace posixpar::codec_test
