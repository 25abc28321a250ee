// Compares checksums and digests with published values and with their definitions.
#include "native/codecs/checksum32.h"
#include "native/codecs/crc32c.h"
#include "native/codecs/digest.h"
#include "native/codecs/fletcher32.h"
#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

template <std::size_t N>
std::string hex(const std::array<std::byte, N>& digest) {
  std::string out;
  for (const std::byte b : digest) {
    constexpr const char* kDigits = "0123456789abcdef";
    out += kDigits[static_cast<unsigned>(b) >> 4U];
    out += kDigits[static_cast<unsigned>(b) & 15U];
  }
  return out;
}

/// Computes HDF5's Fletcher-32 word by word, by its definition.
std::uint32_t fletcher32_by_definition(const Buffer& data) {
  std::uint64_t sum1 = 0;
  std::uint64_t sum2 = 0;
  for (std::size_t i = 0; i < data.size(); i += 2) {
    const auto high = static_cast<std::uint64_t>(data[i]) << 8;
    const std::uint64_t low = i + 1 < data.size() ? static_cast<std::uint64_t>(data[i + 1]) : 0;
    sum1 += high | low;
    sum2 += sum1;
    while (sum1 > 0xFFFF) sum1 = (sum1 & 0xFFFF) + (sum1 >> 16);
    while (sum2 > 0xFFFF) sum2 = (sum2 & 0xFFFF) + (sum2 >> 16);
  }
  return static_cast<std::uint32_t>(sum2 << 16 | sum1);
}

TEST(CodecsChecksums, MatchPublishedValues) {
  const Buffer digits = bytes_of("123456789");
  EXPECT_EQ(codecs::crc32c(digits), 0xE3069283U);
  EXPECT_EQ(codecs::crc32(digits), 0xCBF43926U);
  EXPECT_EQ(codecs::adler32(digits), 0x091E01DEU);
  EXPECT_EQ(codecs::crc32c({}), 0U);
  EXPECT_EQ(codecs::crc32({}), 0U);
  EXPECT_EQ(codecs::adler32({}), 1U);
  EXPECT_EQ(codecs::crc32c(Buffer(32)), 0x8A9136AAU);  // RFC 3720, B.4.
  EXPECT_EQ(codecs::crc32c(Buffer(32, std::byte{0xFF})), 0x62A8AB43U);
}

TEST(CodecsChecksums, FastCrc32cMatchesTheTable) {
  for (std::size_t size = 0; size < 70; ++size) {
    const Buffer data = random_bytes(size, 7);
    EXPECT_EQ(codecs::crc32c(data), codecs::crc32c_scalar(data)) << size;
  }
  const Buffer big = random_bytes(100003, 8);
  EXPECT_EQ(codecs::crc32c(big), codecs::crc32c_scalar(big));
}

TEST(CodecsChecksums, DigestsMatchTheRfcs) {
  EXPECT_EQ(hex(codecs::md5({})), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex(codecs::md5(bytes_of("abc"))), "900150983cd24fb0d6963f7d28e17f72");
  const std::string eighty = "12345678901234567890123456789012345678901234567890123456789012345678901234567890";
  EXPECT_EQ(hex(codecs::md5(bytes_of(eighty))), "57edf4a22be3c955ac49da2e2107b67a");
  EXPECT_EQ(hex(codecs::sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(codecs::sha256(bytes_of("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  EXPECT_EQ(hex(codecs::sha256(bytes_of(two_blocks))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(codecs::sha256(Buffer(1000000, std::byte{'a'}))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(CodecsChecksums, Fletcher32MatchesItsDefinition) {
  for (const std::size_t size : {0U, 1U, 2U, 3U, 31U, 32U, 33U, 720U, 8191U, 8192U, 8193U, 8224U, 100001U}) {
    for (const Buffer& data : {random_bytes(size, 9), Buffer(size), Buffer(size, std::byte{0xFF})}) {
      EXPECT_EQ(codecs::fletcher32(data), fletcher32_by_definition(data)) << size;
    }
  }
}

TEST(CodecsChecksums, AcceptsFletcher32InBothByteOrdersOfHdf5) {
  const Buffer data = random_bytes(1000, 10);
  const std::uint32_t sum = codecs::fletcher32(data);
  const std::uint32_t halves = (sum & 0x00FF00FFU) << 8 | (sum >> 8 & 0x00FF00FFU);
  const CodecChain chain = chain_of({{CodecId::fletcher32, {}}}, data.size());
  for (const std::uint32_t stored : {sum, halves, __builtin_bswap32(sum)}) {
    Buffer chunk = data;
    append(chunk, stored);
    expect_decodes(chain, chunk, data, "fletcher32");
  }
  Buffer wrong = data;
  append(wrong, sum + 1);
  Buffer out(data.size());
  EXPECT_FALSE(decode_into(chain, wrong, out, {0, 1}).ok());
}

TEST(CodecsChecksums, DetectsEveryChangedByte) {
  const Buffer data = random_bytes(37, 11);
  Buffer fletcher = data;
  append(fletcher, codecs::fletcher32(data));
  Buffer crc = data;
  append(crc, codecs::crc32c(data));
  Buffer adler;
  append(adler, codecs::adler32(data));
  append_bytes(adler, data);
  const std::pair<CodecSpec, Buffer> cases[] = {
      {{CodecId::fletcher32, {}}, fletcher}, {{CodecId::crc32c, {}}, crc}, {{CodecId::checksum32, {1}}, adler}};
  for (const auto& [spec, stored] : cases) {
    const CodecChain chain = chain_of({spec}, data.size());
    expect_decodes(chain, stored, data, "checksum");
    for (std::size_t i = 0; i < stored.size(); ++i) {
      Buffer damaged = stored;
      damaged[i] ^= std::byte{0x10};
      Buffer out(data.size());
      EXPECT_FALSE(decode_into(chain, damaged, out, {0, 1}).ok()) << i;
    }
    for (std::size_t cut = 0; cut < stored.size(); ++cut) {
      Buffer out(data.size());
      EXPECT_FALSE(
          decode_into(chain, Buffer(stored.begin(), stored.begin() + static_cast<std::ptrdiff_t>(cut)), out, {0, 1})
              .ok())
          << cut;
    }
  }
}

}  // namespace
}  // namespace posixpar::codec_test
