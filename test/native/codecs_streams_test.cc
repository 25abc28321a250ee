// Decodes hand-made streams: gzip headers, zstd frames, LZ4 containers and bzip2. Also checks that decoding a prefix
// does not read damaged data after it.
#include <atomic>
#include <thread>

#include "native/codecs/bzip2.h"
#include "native/codecs/checksum32.h"
#include "native/codecs/inflate.h"
#include "native/codecs/lz4.h"
#include "native/codecs/zstd.h"
#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

std::byte byte_of(std::size_t v) { return static_cast<std::byte>(v & 0xFFU); }

Buffer part(const Buffer& from, std::size_t begin, std::size_t end) {
  return {from.begin() + static_cast<std::ptrdiff_t>(begin), from.begin() + static_cast<std::ptrdiff_t>(end)};
}

/// Returns a deflate stream of stored blocks of at most `block` bytes.
Buffer stored_deflate(const Buffer& data, std::size_t block) {
  Buffer out;
  std::size_t at = 0;
  do {
    const std::size_t n = std::min(block, data.size() - at);
    out.push_back(byte_of(at + n == data.size() ? 1 : 0));
    append(out, static_cast<std::uint16_t>(n));
    append(out, static_cast<std::uint16_t>(~n));
    append_bytes(out, part(data, at, at + n));
    at += n;
  } while (at < data.size());
  return out;
}

Buffer zlib_stream(const Buffer& data, std::size_t block = 65535) {
  Buffer out{byte_of(0x78), byte_of(0x01)};
  append_bytes(out, stored_deflate(data, block));
  append(out, __builtin_bswap32(codecs::adler32(data)));
  return out;
}

/// Returns a gzip member with the optional header fields in `flags` (RFC 1952, 2.3).
Buffer gzip_member(const Buffer& data, unsigned flags, std::size_t block = 65535) {
  Buffer out{byte_of(0x1F), byte_of(0x8B), byte_of(8), byte_of(flags)};
  out.resize(10);
  if ((flags & 4U) != 0) {
    append(out, std::uint16_t{5});
    append_bytes(out, bytes_of("extra"));
  }
  if ((flags & 8U) != 0) append_bytes(out, bytes_of(std::string("name", 5)));
  if ((flags & 16U) != 0) append_bytes(out, bytes_of(std::string("comment", 8)));
  if ((flags & 2U) != 0) append(out, static_cast<std::uint16_t>(codecs::crc32(out)));
  append_bytes(out, stored_deflate(data, block));
  append(out, codecs::crc32(data));
  append(out, static_cast<std::uint32_t>(data.size()));
  return out;
}

/// Returns a zstd frame of raw blocks and, for runs, RLE blocks (RFC 8878, 3.1.1).
Buffer zstd_frame(const Buffer& data, bool with_size, std::size_t block) {
  Buffer out;
  append(out, std::uint32_t{0xFD2FB528U});
  if (with_size) {
    out.push_back(byte_of(0xA0));  // 4-byte content size, single segment.
    append(out, static_cast<std::uint32_t>(data.size()));
  } else {
    out.push_back(byte_of(0));
    out.push_back(byte_of(0x50));  // Window of 1 MiB.
  }
  std::size_t at = 0;
  do {
    const std::size_t n = std::min(block, data.size() - at);
    const bool last = at + n == data.size();
    const bool run = n > 1 && std::all_of(data.begin() + static_cast<std::ptrdiff_t>(at),
                                          data.begin() + static_cast<std::ptrdiff_t>(at + n),
                                          [&](std::byte b) { return b == data[at]; });
    const std::size_t header = (last ? 1U : 0U) | (run ? 2U : 0U) | n << 3;
    for (std::size_t i = 0; i < 3; ++i) out.push_back(byte_of(header >> (8 * i)));
    append_bytes(out, part(data, at, run ? at + 1 : at + n));
    at += n;
  } while (at < data.size());
  return out;
}

Buffer skippable_frame(std::size_t size) {
  Buffer out;
  append(out, std::uint32_t{0x184D2A50U});
  append(out, static_cast<std::uint32_t>(size));
  append_bytes(out, random_bytes(size, 1));
  return out;
}

Buffer joined(std::initializer_list<Buffer> parts) {
  Buffer out;
  for (const Buffer& p : parts) append_bytes(out, p);
  return out;
}

/// Damages the end of `stored`. Expects that the prefix decodes, and that decoding everything fails.
void expect_prefix_ignores_damage(const CodecChain& chain, Buffer stored, const Buffer& data, std::size_t prefix) {
  for (std::size_t i = stored.size() - 20; i < stored.size(); ++i) stored[i] ^= std::byte{0x5A};
  Buffer out(data.size());
  EXPECT_FALSE(decode_into(chain, stored, out, {0, data.size()}).ok());
  const Status status = decode_into(chain, stored, out, {0, prefix});
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(prefix), data.begin()));
}

void expect_wrong_sizes_fail(CodecSpec spec, const Buffer& stored, std::size_t size) {
  for (const std::size_t other : {size - 1, size + 1, size * 2, size / 2}) {
    Buffer out(other);
    const Status status = decode_into(chain_of({spec}, other), stored, out, {0, other});
    ASSERT_FALSE(status.ok()) << other;
    EXPECT_EQ(status.error().kind, ErrorKind::codec);
  }
}

TEST(CodecsStreams, DecodesGzipMembersWithAnyHeaderFields) {
  if (!codecs::kHasInflate) GTEST_SKIP() << "SKIP: built without libdeflate and zlib";
  const Buffer data = random_bytes(3000, 1);
  const CodecChain chain = chain_of({{CodecId::gzip, {}}}, data.size());
  for (const unsigned flags : {0U, 1U, 2U, 4U, 8U, 16U, 30U}) {
    expect_decodes(chain, gzip_member(data, flags), data, "gzip flags " + std::to_string(flags));
  }
}

TEST(CodecsStreams, DecodesSeveralGzipMembersAndIgnoresTrailingZeros) {
  if (!codecs::kHasInflate) GTEST_SKIP() << "SKIP: built without libdeflate and zlib";
  const Buffer data = random_bytes(5000, 2);
  const Buffer stored = joined(
      {gzip_member(part(data, 0, 1000), 0), gzip_member({}, 8), gzip_member(part(data, 1000, 5000), 4), Buffer(30)});
  expect_decodes(chain_of({{CodecId::gzip, {}}}, data.size()), stored, data, "gzip members");
  expect_wrong_sizes_fail({CodecId::gzip, {}}, stored, data.size());
  Buffer out(data.size());
  const Buffer garbage = joined({gzip_member(data, 0), bytes_of("garbage")});
  EXPECT_FALSE(decode_into(chain_of({{CodecId::gzip, {}}}, data.size()), garbage, out, {0, data.size()}).ok());
}

TEST(CodecsStreams, DecodesADeflatePrefixBeforeDamage) {
  if (!codecs::kHasInflate) GTEST_SKIP() << "SKIP: built without libdeflate and zlib";
  const Buffer data = compressible_bytes(400000, 3);
  for (const std::size_t block : {100U, 4096U, 65535U}) {
    for (const std::size_t prefix : {1U, 1000U, 65535U, 65536U, 100000U, 131071U, 200000U}) {
      expect_prefix_ignores_damage(chain_of({{CodecId::zlib, {}}}, data.size()), zlib_stream(data, block), data,
                                   prefix);
      expect_prefix_ignores_damage(chain_of({{CodecId::gzip, {}}}, data.size()), gzip_member(data, 0, block), data,
                                   prefix);
    }
  }
}

TEST(CodecsStreams, RefusesZlibStreamsWithAWrongSizeOrChecksum) {
  if (!codecs::kHasInflate) GTEST_SKIP() << "SKIP: built without libdeflate and zlib";
  const Buffer data = random_bytes(2000, 4);
  Buffer stored = zlib_stream(data);
  expect_decodes(chain_of({{CodecId::zlib, {}}}, data.size()), stored, data, "zlib");
  expect_decodes(chain_of({{CodecId::zlib, {}}}, data.size()), joined({stored, bytes_of("more")}), data,
                 "zlib and more");
  expect_wrong_sizes_fail({CodecId::zlib, {}}, stored, data.size());
  stored.back() ^= std::byte{1};
  Buffer out(data.size());
  EXPECT_FALSE(decode_into(chain_of({{CodecId::zlib, {}}}, data.size()), stored, out, {0, data.size()}).ok());
}

TEST(CodecsStreams, DecodesZstdFramesOfEveryKind) {
  if (!codecs::kHasZstd) GTEST_SKIP() << "SKIP: built without libzstd";
  Buffer data = random_bytes(300000, 5);
  std::fill(data.begin() + 100000, data.begin() + 200000, std::byte{7});
  const CodecChain chain = chain_of({{CodecId::zstd, {}}}, data.size());
  const std::pair<const char*, Buffer> cases[] = {
      {"with size", zstd_frame(data, true, 100000)},
      {"without size", zstd_frame(data, false, 100000)},
      {"small blocks", zstd_frame(data, false, 1000)},
      {"concatenated",
       joined({zstd_frame(part(data, 0, 7), true, 1000), zstd_frame({}, true, 1000),
               zstd_frame(part(data, 7, 150000), false, 10000), zstd_frame(part(data, 150000, 300000), true, 5000)})},
      {"with skippable frames",
       joined({skippable_frame(10), zstd_frame(part(data, 0, 1000), false, 1000), skippable_frame(100000),
               skippable_frame(0), zstd_frame(part(data, 1000, 300000), true, 50000), skippable_frame(3)})}};
  for (const auto& [name, stored] : cases) {
    expect_decodes(chain, stored, data, name);
    expect_wrong_sizes_fail({CodecId::zstd, {}}, stored, data.size());
    for (const std::size_t prefix : {1U, 999U, 1001U, 100001U, 131072U, 168000U}) {
      Buffer out(data.size());
      ASSERT_TRUE(decode_into(chain, stored, out, {0, prefix}).ok()) << name << prefix;
      EXPECT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(prefix), data.begin())) << name;
    }
  }
}

TEST(CodecsStreams, DecodesAZstdPrefixBeforeDamage) {
  if (!codecs::kHasZstd) GTEST_SKIP() << "SKIP: built without libzstd";
  const Buffer data = random_bytes(600000, 6);
  for (const bool with_size : {true, false}) {
    Buffer stored = zstd_frame(data, with_size, 50000);
    stored.resize(stored.size() - 40000);  // Removes the end.
    const CodecChain chain = chain_of({{CodecId::zstd, {}}}, data.size());
    Buffer out(data.size());
    EXPECT_FALSE(decode_into(chain, stored, out, {0, data.size()}).ok());
    ASSERT_TRUE(decode_into(chain, stored, out, {0, 300000}).ok());
    EXPECT_TRUE(std::equal(out.begin(), out.begin() + 300000, data.begin()));
  }
}

TEST(CodecsStreams, DecodesLz4BlocksInAllContainers) {
  if (!codecs::kHasLz4) GTEST_SKIP() << "SKIP: built without liblz4";
  // An LZ4 block of 295 times 'a' (one literal and one match), and the five literals that must end a block.
  Buffer block{byte_of(0x1F), byte_of('a'), byte_of(1), byte_of(0), byte_of(255), byte_of(20), byte_of(0x50)};
  append_bytes(block, bytes_of("vwxyz"));
  Buffer data(1 + 4 + 15 + 275, byte_of('a'));
  append_bytes(data, bytes_of("vwxyz"));
  expect_decodes(chain_of({{CodecId::lz4_block, {}}}, data.size()), block, data, "lz4 block");
  expect_wrong_sizes_fail({CodecId::lz4_block, {}}, block, data.size());
  Buffer numcodecs;
  append(numcodecs, static_cast<std::uint32_t>(data.size()));
  append_bytes(numcodecs, block);
  expect_decodes(chain_of({{CodecId::lz4_numcodecs, {}}}, data.size()), numcodecs, data, "lz4 numcodecs");
  expect_wrong_sizes_fail({CodecId::lz4_numcodecs, {}}, numcodecs, data.size());

  // Two compressed blocks and a plain last block.
  Buffer twice = joined({data, data, bytes_of("end")});
  Buffer hdf5;
  append(hdf5, __builtin_bswap64(twice.size()));
  append(hdf5, __builtin_bswap32(static_cast<std::uint32_t>(data.size())));
  for (const Buffer& b : {block, block, bytes_of("end")}) {
    append(hdf5, __builtin_bswap32(static_cast<std::uint32_t>(b.size())));
    append_bytes(hdf5, b);
  }
  const CodecChain chain = chain_of({{CodecId::lz4_hdf5, {}}}, twice.size());
  expect_decodes(chain, hdf5, twice, "lz4 hdf5");
  expect_wrong_sizes_fail({CodecId::lz4_hdf5, {}}, hdf5, twice.size());
  // Damages the first block. Decoding all bytes then fails. Decoding the rest succeeds, because it skips that block.
  hdf5[12 + 4] = byte_of(0);
  Buffer out(twice.size());
  EXPECT_FALSE(decode_into(chain, hdf5, out, {0, twice.size()}).ok());
  EXPECT_TRUE(decode_into(chain, hdf5, out, {data.size(), twice.size()}).ok());
}

TEST(CodecsStreams, DecodesOnSeveralThreadsWithOneChain) {
  if (!codecs::kHasInflate || !codecs::kHasZstd) GTEST_SKIP() << "SKIP: built without libdeflate or libzstd";
  const Buffer data = random_bytes(20000, 7);
  const Buffer zlib = zlib_stream(data);
  const Buffer zstd = zstd_frame(data, false, 3000);
  const CodecChain zlib_chain = chain_of({{CodecId::zlib, {}}}, data.size());
  const CodecChain zstd_chain = chain_of({{CodecId::zstd, {}}}, data.size());
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      CodecScratch scratch;
      Buffer out(data.size());
      for (int i = 0; i < 50; ++i) {
        std::ranges::fill(out, std::byte{0});
        const bool zip = i % 2 == 0;
        const Status status =
            (zip ? zlib_chain : zstd_chain).decode(zip ? zlib : zstd, 0, out, {0, out.size()}, scratch);
        if (!status.ok() || out != data) ++wrong;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
}

TEST(CodecsStreams, DecodesBzip2StreamsAndDetectsDamage) {
  // Output of bzip2 1.0.8 for kHello: four times "hello" in a line; for kRuns: 1000 times 'a', 3 'b', 4 'c' and 259
  // 'd'.
  constexpr std::uint8_t kHello[] = {
      0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x6f, 0x4f, 0x10, 0xf3, 0x00, 0x00,
      0x05, 0xd1, 0x00, 0x00, 0x10, 0x40, 0x00, 0x02, 0x44, 0xa0, 0x00, 0x30, 0xc0, 0x02, 0xa8, 0x34,
      0x71, 0x0d, 0xad, 0x87, 0x0f, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0x6f, 0x4f, 0x10, 0xf3,
  };
  constexpr std::uint8_t kRuns[] = {
      0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x1c, 0xcf, 0x13, 0x66, 0x00, 0x00, 0x02, 0xc1, 0x01,
      0xc0, 0x00, 0x3c, 0x00, 0x00, 0x80, 0x00, 0x08, 0x20, 0x00, 0x21, 0x24, 0x8f, 0x4f, 0x50, 0x86, 0x02, 0xd6, 0x7e,
      0x84, 0x53, 0x66, 0x31, 0x7d, 0x10, 0xce, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0x1c, 0xcf, 0x13, 0x66,
  };
  const Buffer hello = bytes_of(std::vector<std::uint8_t>(std::begin(kHello), std::end(kHello)));
  const Buffer runs = bytes_of(std::vector<std::uint8_t>(std::begin(kRuns), std::end(kRuns)));
  const Buffer hello_text = bytes_of("hello hello hello hello\n");
  const Buffer runs_text = bytes_of(std::string(1000, 'a') + "bbbcccc" + std::string(259, 'd'));
  const Buffer empty = bytes_of(std::string("BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0", 14));
  const std::pair<Buffer, Buffer> cases[] = {{hello, hello_text},
                                             {runs, runs_text},
                                             {joined({runs, empty, hello}), joined({runs_text, hello_text})},
                                             {joined({hello, bytes_of("trailing")}), hello_text}};
  for (const auto& [stored, data] : cases) {
    expect_decodes(chain_of({{CodecId::bzip2, {}}}, data.size()), stored, data, "bzip2");
    expect_wrong_sizes_fail({CodecId::bzip2, {}}, stored, data.size());
  }
  std::size_t harmless = 0;
  for (std::size_t bit = 0; bit < hello.size() * 8; ++bit) {
    Buffer damaged = hello;
    damaged[bit / 8] ^= byte_of(1U << bit % 8);
    Buffer out(hello_text.size());
    // Some bits have no effect (unused codes, padding); the checksums cover all others.
    const bool decodes = codecs::bzip2_decode(damaged, out) == out.size();
    EXPECT_TRUE(!decodes || out == hello_text) << bit;
    harmless += decodes ? 1 : 0;
  }
  EXPECT_LT(harmless, 40U);
  Buffer out(100);
  EXPECT_EQ(codecs::bzip2_decode(empty, out), 0U);
  EXPECT_FALSE(codecs::bzip2_decode({}, out).has_value());
  EXPECT_FALSE(codecs::bzip2_decode(bytes_of("BZh0"), out).has_value());
  for (std::size_t cut = 0; cut < hello.size(); ++cut) {
    EXPECT_FALSE(codecs::bzip2_decode(part(hello, 0, cut), out).has_value()) << cut;
  }
}

}  // namespace
}  // namespace posixpar::codec_test
