// Decodes damaged chunks, up to 20,000 for each codec. A codec is tested if this test or a linked library can encode
// chunks for it.
#include "test/native/codecs_support.h"

#if defined(POSIXPAR_HAVE_LIBDEFLATE)
#include <libdeflate.h>
#endif
#if defined(POSIXPAR_HAVE_LZ4)
#include <lz4.h>
#endif
#if defined(POSIXPAR_HAVE_ZSTD)
#include <zstd.h>
#endif
#if defined(POSIXPAR_HAVE_LIBAEC)
#include <libaec.h>
#endif
#if defined(POSIXPAR_HAVE_LZMA)
#include <lzma.h>
#endif

namespace posixpar::codec_test {
namespace {

constexpr unsigned kMutants = 20000;
constexpr std::size_t kSize = 700;

void survives(std::vector<CodecSpec> specs, const Buffer& stored, unsigned seed) {
  const CodecChain chain = chain_of(std::move(specs), kSize);
  Buffer out(kSize);
  ASSERT_TRUE(decode_into(chain, stored, out, {0, kSize}).ok()) << "the chunk was not valid to begin with";
  expect_survives_mutations(chain, stored, kSize, kMutants, seed);
}

TEST(CodecsMutation, DamagedDeflateChunksFailCleanly) {
#if defined(POSIXPAR_HAVE_LIBDEFLATE)
  const Buffer data = compressible_bytes(kSize, 1);
  libdeflate_compressor* c = libdeflate_alloc_compressor(6);
  Buffer zlib(2000);
  zlib.resize(libdeflate_zlib_compress(c, data.data(), data.size(), zlib.data(), zlib.size()));
  Buffer gzip(2000);
  gzip.resize(libdeflate_gzip_compress(c, data.data(), data.size(), gzip.data(), gzip.size()));
  libdeflate_free_compressor(c);
  survives({{CodecId::zlib, {}}}, zlib, 1);
  survives({{CodecId::gzip, {}}}, gzip, 2);
  survives({{CodecId::shuffle, {4}}, {CodecId::zlib, {}}}, zlib, 3);
#else
  GTEST_SKIP() << "SKIP: built without libdeflate, whose encoder makes the stream";
#endif
}

TEST(CodecsMutation, DamagedLz4ChunksFailCleanly) {
#if defined(POSIXPAR_HAVE_LZ4)
  const Buffer data = compressible_bytes(kSize, 2);
  Buffer block(2000);
  block.resize(static_cast<std::size_t>(LZ4_compress_default(reinterpret_cast<const char*>(data.data()),
                                                             reinterpret_cast<char*>(block.data()), kSize, 2000)));
  survives({{CodecId::lz4_block, {}}}, block, 1);
  Buffer numcodecs;
  append(numcodecs, std::uint32_t{kSize});
  append_bytes(numcodecs, block);
  survives({{CodecId::lz4_numcodecs, {}}}, numcodecs, 2);
  Buffer hdf5;
  append(hdf5, __builtin_bswap64(kSize));
  append(hdf5, __builtin_bswap32(kSize));
  append(hdf5, __builtin_bswap32(static_cast<std::uint32_t>(block.size())));
  append_bytes(hdf5, block);
  survives({{CodecId::lz4_hdf5, {}}}, hdf5, 3);
  // Bitshuffle stores the first 21 * 8 elements (672 bytes) in one block, and the last 7 (28 bytes) unshuffled.
  Buffer inner(2000);
  inner.resize(static_cast<std::size_t>(LZ4_compress_default(reinterpret_cast<const char*>(data.data()),
                                                             reinterpret_cast<char*>(inner.data()), 672, 2000)));
  Buffer bitshuffle;
  append(bitshuffle, __builtin_bswap64(kSize));
  append(bitshuffle, __builtin_bswap32(8192));
  append(bitshuffle, __builtin_bswap32(static_cast<std::uint32_t>(inner.size())));
  append_bytes(bitshuffle, inner);
  bitshuffle.resize(bitshuffle.size() + 28);
  survives({{CodecId::bitshuffle_hdf5, {4, 0, 2}}}, bitshuffle, 4);
#else
  GTEST_SKIP() << "SKIP: built without liblz4";
#endif
}

TEST(CodecsMutation, DamagedZstdChunksFailCleanly) {
#if defined(POSIXPAR_HAVE_ZSTD)
  const Buffer data = compressible_bytes(kSize, 3);
  Buffer frame(2000);
  frame.resize(ZSTD_compress(frame.data(), frame.size(), data.data(), data.size(), 3));
  survives({{CodecId::zstd, {}}}, frame, 1);
  survives({{CodecId::delta, {5, 5, 0, 0}}, {CodecId::shuffle, {4}}, {CodecId::zstd, {}}}, frame, 2);

  // Large enough that decoding a prefix takes several calls of the decoder.
  const Buffer big = compressible_bytes(400000, 4);
  Buffer big_frame(500000);
  big_frame.resize(ZSTD_compress(big_frame.data(), big_frame.size(), big.data(), big.size(), 1));
  const CodecChain chain = chain_of({{CodecId::zstd, {}}}, big.size());
  std::mt19937 rng(5);
  Buffer out(big.size());
  for (int i = 0; i < 400; ++i) {
    static_cast<void>(decode_into(chain, mutate(big_frame, rng), out, {0, rng() % 250000 + 1}));
  }
#else
  GTEST_SKIP() << "SKIP: built without libzstd";
#endif
}

TEST(CodecsMutation, DamagedSzipChunksFailCleanly) {
#if defined(POSIXPAR_HAVE_LIBAEC)
  for (const unsigned bits : {8U, 16U, 32U}) {
    for (const unsigned scanline : {64U, 70U}) {
      // Prepares data like szip: padded scanlines, and byte planes for wide pixels.
      const std::size_t samples = bits == 16 ? kSize / 2 : kSize;
      const std::size_t width = bits == 16 ? 2 : 1;
      const std::size_t padded = (scanline + 7) / 8 * 8;
      const Buffer data = compressible_bytes(kSize, 6);
      Buffer raw((samples + scanline - 1) / scanline * padded * width);
      for (std::size_t i = 0; i < samples; ++i) {
        std::memcpy(raw.data() + (i / scanline * padded + i % scanline) * width, data.data() + i * width, width);
      }
      Buffer stored(5000);
      aec_stream stream{};
      stream.next_in = reinterpret_cast<const unsigned char*>(raw.data());
      stream.avail_in = raw.size();
      stream.next_out = reinterpret_cast<unsigned char*>(stored.data() + 4);
      stream.avail_out = stored.size() - 4;
      stream.bits_per_sample = bits == 32 ? 8 : bits;
      stream.block_size = 8;
      stream.rsi = static_cast<unsigned>(padded / 8);
      stream.flags = AEC_DATA_PREPROCESS;
      ASSERT_EQ(aec_buffer_encode(&stream), AEC_OK);
      stored.resize(stream.total_out + 4);
      const std::uint32_t size = kSize;
      std::memcpy(stored.data(), &size, 4);
      survives({{CodecId::szip, {32, 8, double(bits), double(scanline)}}}, stored, bits + scanline);
    }
  }
#else
  GTEST_SKIP() << "SKIP: built without libaec";
#endif
}

TEST(CodecsMutation, DamagedLzmaChunksFailCleanly) {
#if defined(POSIXPAR_HAVE_LZMA)
  const Buffer data = compressible_bytes(kSize, 7);
  Buffer stored(3000);
  std::size_t size = 0;
  ASSERT_EQ(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, nullptr, reinterpret_cast<const std::uint8_t*>(data.data()),
                                    data.size(), reinterpret_cast<std::uint8_t*>(stored.data()), &size, stored.size()),
            LZMA_OK);
  stored.resize(size);
  const CodecChain chain = chain_of({{CodecId::lzma, {}}}, kSize);
  Buffer out(kSize);
  ASSERT_TRUE(decode_into(chain, stored, out, {0, kSize}).ok());
  // Tests fewer mutants, because a mutant can make the decoder allocate a large dictionary.
  expect_survives_mutations(chain, stored, kSize, 500, 1);
#else
  GTEST_SKIP() << "SKIP: built without liblzma";
#endif
}

TEST(CodecsMutation, DamagedBzip2ChunksFailCleanly) {
  // Output of bzip2 1.0.8 for 250 times 'a', 3 'b', 4 'c', 259 'd' and 184 'x'.
  constexpr std::uint8_t kStream[] = {
      0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0xb8, 0x92, 0xf8, 0x72, 0x00,
      0x00, 0x01, 0x41, 0x88, 0xc0, 0x00, 0x3c, 0x00, 0x00, 0x40, 0x04, 0x00, 0x01, 0x08, 0x20,
      0x00, 0x21, 0x88, 0x19, 0x08, 0x32, 0x62, 0x2f, 0x3b, 0x0b, 0xe1, 0xa5, 0x69, 0x8e, 0x8a,
      0x80, 0x3b, 0xf1, 0x77, 0x24, 0x53, 0x85, 0x09, 0x0b, 0x89, 0x2f, 0x87, 0x20,
  };
  const Buffer stored = bytes_of(std::vector<std::uint8_t>(std::begin(kStream), std::end(kStream)));
  survives({{CodecId::bzip2, {}}}, stored, 1);
}

TEST(CodecsMutation, DamagedChunksOfElementwiseCodecsFailCleanly) {
  const Buffer data = random_bytes(kSize, 8);
  survives({{CodecId::delta, {9, 9, 0, 0}}}, data, 1);
  survives({{CodecId::delta, {3, 5, 1, 1}}}, random_bytes(kSize / 2, 9), 2);
  survives({{CodecId::astype, {10, 3, 0, 1}}}, random_bytes(kSize * 2, 9), 3);
  survives({{CodecId::fixed_scale_offset, {3, 10, 0, 0, 10, 1}}}, random_bytes(kSize / 2, 9), 4);
  Buffer packed = random_bytes(1 + (kSize + 7) / 8, 10);
  packed[0] = std::byte{4};
  survives({{CodecId::packbits, {}}}, packed, 5);
  survives({{CodecId::shuffle, {4}}}, data, 6);
  survives({{CodecId::bitshuffle_hdf5, {2, 8, 0}}}, data, 7);
  survives({{CodecId::counted, {}}}, random_bytes(kSize / 2, 11), 8);
}

}  // namespace
}  // namespace posixpar::codec_test
