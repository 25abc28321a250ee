// Encodes chunks with every codec that has an encoder, and decodes them again. Buffers are separate heap blocks of the
// exact size, so that AddressSanitizer detects every access beyond them.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

#include "native/codecs/registry.h"
#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

struct Encoder {
  std::string name;
  std::vector<CodecSpec> specs;
};

CodecSpec spec(CodecId id, std::vector<double> params = {}) { return {id, std::move(params)}; }

/// Adds Blosc encoders for all combinations of inner codec, shuffle, element size and block size (0: chosen by the
/// encoder).
void add_blosc(std::vector<Encoder>& all) {
  for (const double inner : {1, 3, 4}) {
    for (const double shuffle : {0, 1, 2}) {
      for (const double size : {1, 3, 8}) {
        for (const double block : {0, 64, 1000}) {
          const double level = shuffle == 0 ? 9 : shuffle == 1 ? 5 : 1;
          all.push_back({"blosc " + std::to_string(inner) + " " + std::to_string(shuffle) + " " + std::to_string(size) +
                             " " + std::to_string(block),
                         {spec(CodecId::blosc, {inner, level, shuffle, size, block})}});
        }
      }
    }
  }
  all.push_back({"blosc that stores", {spec(CodecId::blosc, {1, 0, 1, 4, 0})}});
}

std::vector<Encoder> encoders() {
  std::vector<Encoder> all;
  for (const double level : {0, 1, 6, 9}) {
    all.push_back({"zlib " + std::to_string(level), {spec(CodecId::zlib, {level})}});
    all.push_back({"gzip " + std::to_string(level), {spec(CodecId::gzip, {level})}});
  }
  for (const double level : {-131072, -5, 0, 1, 3}) {
    all.push_back({"zstd " + std::to_string(level), {spec(CodecId::zstd, {level, level == 3 ? 1.0 : 0.0})}});
  }
  all.push_back({"lz4_block", {spec(CodecId::lz4_block)}});
  all.push_back({"lz4_numcodecs", {spec(CodecId::lz4_numcodecs)}});
  all.push_back({"crc32c", {spec(CodecId::crc32c)}});
  all.push_back({"crc32c at the start", {spec(CodecId::crc32c, {1})}});
  for (const double width : {1, 2, 4, 8, 7}) {
    all.push_back({"shuffle " + std::to_string(width), {spec(CodecId::shuffle, {width})}});
  }
  all.push_back(
      {"shuffle, zstd, crc32c", {spec(CodecId::shuffle, {4}), spec(CodecId::zstd, {1}), spec(CodecId::crc32c)}});
  all.push_back({"no codec", {}});
  add_blosc(all);
  return all;
}

/// Returns sizes near multiples of the block sizes of codecs, and random sizes.
std::vector<std::size_t> sizes(std::mt19937& rng) {
  std::vector<std::size_t> sizes{1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 127, 128, 1000, 4096, 65535, 65536, 65537};
  for (int i = 0; i < 4; i++) sizes.push_back(rng() % 5000 + 1);
  sizes.push_back(rng() % 100'000 + 1);
  return sizes;
}

Buffer data_of(std::size_t size, unsigned kind, unsigned seed) {
  if (kind == 0) return Buffer(size);
  return kind == 1 ? compressible_bytes(size, seed) : random_bytes(size, seed);
}

/// Encodes a chunk, and copies the result into a separate heap block.
Result<Buffer> encode(const CodecChain& chain, const Buffer& decoded) {
  CodecScratch scratch;
  const auto stored = chain.encode(decoded, scratch);
  if (!stored.ok()) return stored.error();
  return Buffer(stored->begin(), stored->end());
}

/// True if this build has encoders for all codecs of the chain.
bool is_built_in(const CodecChain& chain) {
  const auto status = chain.check_encodable();
  if (!status.ok()) std::cout << "SKIP: " << status.error().message << "\n";
  return status.ok();
}

TEST(CodecsEncode, EveryEncoderMakesChunksThatItsDecoderReads) {
  const unsigned seed = std::random_device{}();
  std::mt19937 rng(seed);
  for (const Encoder& encoder : encoders()) {
    unsigned kind = 0;
    const bool has_many_variants = encoder.name.starts_with("blosc");
    for (const std::size_t size : sizes(rng)) {
      if (has_many_variants && rng() % 4 != 0) continue;
      const CodecChain chain = chain_of(encoder.specs, size);
      if (!is_built_in(chain)) break;
      const Buffer decoded = data_of(size, kind++ % 3, static_cast<unsigned>(rng()));
      const auto stored = encode(chain, decoded);
      const std::string what = encoder.name + ", " + std::to_string(size) + " bytes, seed " + std::to_string(seed);
      ASSERT_TRUE(stored.ok()) << what << ": " << stored.error().message;
      expect_decodes(chain, *stored, decoded, what);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(CodecsEncode, EncodersStayWithinTheirLimit) {
  std::mt19937 rng(7);
  for (const Encoder& encoder : encoders()) {
    if (encoder.specs.size() != 1) continue;
    const auto codec = codecs::make_decoder(encoder.specs[0]);
    if (!codec.ok() || !(*codec)->can_encode()) continue;
    for (const std::size_t size : {1, 100, 5000, 70'000}) {
      const Buffer in = random_bytes(static_cast<std::size_t>(size),
                                     static_cast<unsigned>(rng()));  // Random bytes cannot be compressed.
      Buffer out((*codec)->encoded_limit(in.size()));
      CodecScratch scratch;
      const auto stored = (*codec)->encode({in, out, scratch});
      ASSERT_TRUE(stored.ok()) << encoder.name << ": " << stored.error().message;
      ASSERT_TRUE(stored->data() == in.data() || stored->data() == out.data()) << encoder.name;
      ASSERT_LE(stored->size(), std::max(in.size(), out.size())) << encoder.name;
      const auto hint = (*codec)->stored_size({in.size(), true});
      ASSERT_TRUE(hint.exact ? stored->size() == hint.bytes : stored->size() <= hint.bytes) << encoder.name;
    }
  }
}

TEST(CodecsEncode, CompressorsReportAnOutputThatIsTooShort) {
  std::mt19937 rng(11);
  const Buffer in = random_bytes(5000, 3);
  for (const CodecId id : {CodecId::zlib, CodecId::gzip, CodecId::zstd, CodecId::lz4_block, CodecId::lz4_numcodecs}) {
    const auto codec = codecs::make_decoder(spec(id));
    if (!codec.ok() || !(*codec)->can_encode()) continue;
    for (int i = 0; i < 50; i++) {
      Buffer out(rng() % 4000 + 4);
      CodecScratch scratch;
      const auto stored = (*codec)->encode({in, out, scratch});
      ASSERT_FALSE(stored.ok()) << (*codec)->name();
      EXPECT_EQ(stored.error().kind, ErrorKind::codec);
      EXPECT_FALSE(stored.error().message.empty());
    }
  }
}

TEST(CodecsEncode, CodecsWithoutAnEncoderSaySo) {
  for (const CodecId id : {CodecId::lzf, CodecId::bzip2, CodecId::fletcher32, CodecId::packbits}) {
    const CodecChain chain = chain_of({spec(id)}, 64);
    const auto status = chain.check_encodable();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::unsupported);
    const auto stored = encode(chain, Buffer(64));
    ASSERT_FALSE(stored.ok());
    EXPECT_EQ(stored.error().kind, ErrorKind::unsupported);
  }
}

TEST(CodecsEncode, ThreadsEncodeWithTheSameChain) {
  const std::size_t size = 20'000;
  const std::vector<CodecSpec> specs{spec(CodecId::shuffle, {4}), spec(CodecId::zstd, {1}), spec(CodecId::crc32c)};
  const CodecChain chain = chain_of(specs, size);
  if (!is_built_in(chain)) GTEST_SKIP() << "SKIP: built without libzstd";
  std::vector<int> equal(8, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < equal.size(); t++) {
    threads.emplace_back([&, t] {
      for (unsigned i = 0; i < 20; i++) {
        const Buffer decoded = compressible_bytes(size, static_cast<unsigned>(t) * 100 + i);
        const auto stored = encode(chain, decoded);
        Buffer out(size);
        if (stored.ok() && decode_into(chain, *stored, out, {0, size}).ok() && out == decoded) equal[t]++;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(equal, std::vector<int>(8, 20));
}

}  // namespace
}  // namespace posixpar::codec_test
