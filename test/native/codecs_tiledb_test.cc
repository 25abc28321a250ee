// Decodes TileDB tiles that the test builds byte by byte. Checks which chunks of a tile are decoded, and that invalid
// tiles are rejected.
#include "native/codecs/digest.h"
#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

struct Chunk {
  Buffer meta;
  Buffer data;
  std::size_t decoded = 0;
};

Buffer tile(const std::vector<Chunk>& chunks) {
  Buffer out;
  append(out, std::uint64_t{chunks.size()});
  for (const Chunk& c : chunks) {
    append(out, static_cast<std::uint32_t>(c.decoded));
    append(out, static_cast<std::uint32_t>(c.data.size()));
    append(out, static_cast<std::uint32_t>(c.meta.size()));
    append_bytes(out, c.meta);
    append_bytes(out, c.data);
  }
  return out;
}

/// Splits `data` into chunks of `size` bytes without filters.
std::vector<Chunk> plain_chunks(const Buffer& data, std::size_t size) {
  std::vector<Chunk> out;
  for (std::size_t at = 0; at < data.size(); at += size) {
    const std::size_t n = std::min(size, data.size() - at);
    out.push_back(
        {{},
         Buffer(data.begin() + static_cast<std::ptrdiff_t>(at), data.begin() + static_cast<std::ptrdiff_t>(at + n)),
         n});
  }
  return out;
}

CodecChain pipeline(std::vector<double> filters, std::size_t size, double datatype = 0, double version = 22,
                    double cell = 4) {
  std::vector<double> params{version, cell, datatype, double(filters.size())};
  for (const double f : filters) params.insert(params.end(), {f, 0});
  return chain_of({{CodecId::tiledb_tile, params}}, size);
}

bool fails(const CodecChain& chain, const Buffer& stored, std::size_t size) {
  Buffer out(size);
  return !decode_into(chain, stored, out, {0, size}).ok();
}

TEST(CodecsTiledb, DecodesTilesWithoutFilters) {
  const Buffer data = random_bytes(10000, 1);
  for (const std::size_t chunk : {1000U, 4096U, 65536U}) {
    expect_decodes(pipeline({}, data.size()), tile(plain_chunks(data, chunk)), data, "plain tile");
    expect_decodes(pipeline({0, 0}, data.size()), tile(plain_chunks(data, chunk)), data, "idle filters");
    // Bit-width reduction (7) and positive delta (10) leave floating-point values unchanged. In tiles before format
    // version 20 they also leave dates unchanged.
    expect_decodes(pipeline({7, 10}, data.size(), 2), tile(plain_chunks(data, chunk)), data, "real numbers");
    expect_decodes(pipeline({7, 10}, data.size(), 21, 19, 8), tile(plain_chunks(data, chunk)), data, "old dates");
  }
}

TEST(CodecsTiledb, DecodesOnlyTheNeededChunks) {
  const Buffer data = random_bytes(10000, 2);
  std::vector<Chunk> chunks;
  for (Chunk& c : plain_chunks(data, 1000)) {
    // One part of one-byte elements, which the byte shuffle does not change.
    append(c.meta, std::uint32_t{1});
    append(c.meta, static_cast<std::uint32_t>(c.data.size()));
    chunks.push_back(std::move(c));
  }
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (i != 3 && i != 4) chunks[i].meta[0] = std::byte{9};
  }
  const CodecChain chain = pipeline({9}, data.size(), 6, 22, 1);
  const Buffer stored = tile(chunks);
  Buffer out(data.size());
  ASSERT_TRUE(decode_into(chain, stored, out, {3000, 5000}).ok());
  EXPECT_TRUE(std::equal(out.begin() + 3000, out.begin() + 5000, data.begin() + 3000));
  EXPECT_FALSE(decode_into(chain, stored, out, {2999, 5000}).ok());
  EXPECT_FALSE(decode_into(chain, stored, out, {3000, 5001}).ok());
}

TEST(CodecsTiledb, RefusesInconsistentChunkHeaders) {
  const Buffer data = random_bytes(3000, 3);
  const Buffer good = tile(plain_chunks(data, 1000));
  const CodecChain chain = pipeline({}, data.size());
  for (const std::size_t size : {2999U, 3001U, 2000U, 4000U})
    EXPECT_TRUE(fails(pipeline({}, size), good, size)) << size;
  for (std::size_t cut = 0; cut < good.size(); cut += 13) {
    EXPECT_TRUE(fails(chain, Buffer(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(cut)), data.size()))
        << cut;
  }
  for (const std::size_t at : {0U, 8U, 12U, 16U}) {
    Buffer bad = good;
    bad[at + 3] = std::byte{0x7F};
    EXPECT_TRUE(fails(chain, bad, data.size())) << at;
  }
  // The header claims 2^64 - 1 chunks, all empty. Each still needs a chunk header, so the decoder must fail at the end
  // of the data instead of looping.
  Buffer endless(8, std::byte{0xFF});
  endless.resize(100000);
  EXPECT_TRUE(fails(chain, endless, data.size()));
}

template <std::size_t N>
void add_digest(Buffer& meta, const Buffer& data, const std::array<std::byte, N>& digest) {
  append(meta, std::uint32_t{0});
  append(meta, std::uint32_t{1});
  append(meta, std::uint64_t{data.size()});
  meta.insert(meta.end(), digest.begin(), digest.end());
}

TEST(CodecsTiledb, VerifiesDigests) {
  const Buffer data = random_bytes(500, 4);
  for (const double type : {12.0, 13.0}) {
    Chunk c{{}, data, data.size()};
    if (type == 12) add_digest(c.meta, data, codecs::md5(data));
    if (type == 13) add_digest(c.meta, data, codecs::sha256(data));
    const CodecChain chain = pipeline({type}, data.size());
    expect_decodes(chain, tile({c}), data, "digest");
    Chunk bad = c;
    bad.data[100] ^= std::byte{1};
    EXPECT_TRUE(fails(chain, tile({bad}), data.size()));
    bad = c;
    bad.meta.back() ^= std::byte{1};
    EXPECT_TRUE(fails(chain, tile({bad}), data.size()));
    bad = c;
    bad.meta.pop_back();
    EXPECT_TRUE(fails(chain, tile({bad}), data.size()));
  }
}

TEST(CodecsTiledb, RefusesRunsThatDoNotFillTheirPart) {
  // Two runs of i32: the value 7 repeated 300 times, and the value -1 repeated 5 times.
  Buffer runs;
  append(runs, std::int32_t{7});
  append(runs, __builtin_bswap16(300));
  append(runs, std::int32_t{-1});
  append(runs, __builtin_bswap16(5));
  Buffer data;
  for (int i = 0; i < 305; ++i) append(data, std::int32_t{i < 300 ? 7 : -1});
  const auto chunk = [&](std::size_t decoded) {
    Chunk c{{}, runs, decoded};
    append(c.meta, std::uint32_t{0});
    append(c.meta, std::uint32_t{1});
    append(c.meta, static_cast<std::uint32_t>(decoded));
    append(c.meta, static_cast<std::uint32_t>(runs.size()));
    return c;
  };
  expect_decodes(pipeline({4}, data.size()), tile({chunk(data.size())}), data, "rle");
  EXPECT_TRUE(fails(pipeline({4}, data.size() - 4), tile({chunk(data.size() - 4)}), data.size() - 4));
  EXPECT_TRUE(fails(pipeline({4}, data.size() + 4), tile({chunk(data.size() + 4)}), data.size() + 4));
}

TEST(CodecsTiledb, DeltaUsesTheTypeInItsOptions) {
  // The attribute has the type f32, but the delta filter has the type u16. Its output is a count, then values.
  Buffer stored;
  append(stored, std::uint64_t{4});
  for (const unsigned v : {10U, 5U, 65535U, 1U}) append(stored, static_cast<std::uint16_t>(v));
  Buffer data;
  for (const unsigned v : {10U, 15U, 14U, 15U}) append(data, static_cast<std::uint16_t>(v));
  Chunk c{{}, stored, data.size()};
  append(c.meta, std::uint32_t{0});
  append(c.meta, std::uint32_t{1});
  append(c.meta, static_cast<std::uint32_t>(data.size()));
  append(c.meta, static_cast<std::uint32_t>(stored.size()));
  const std::vector<double> params{22, 4, 2, 1, 19, 6, 19, 255, 255, 255, 255, 8};
  expect_decodes(chain_of({{CodecId::tiledb_tile, params}}, data.size()), tile({c}), data, "delta as u16");
}

TEST(CodecsTiledb, RefusesPartsLargerThanTheirChunk) {
  Chunk c{{}, Buffer(16), 64};
  append(c.meta, std::uint32_t{0});
  append(c.meta, std::uint32_t{1});
  append(c.meta, std::uint32_t{0xFFFFFFFF});
  append(c.meta, std::uint32_t{16});
  for (const double type : {1, 2, 3, 4, 5, 6, 19}) {
    EXPECT_TRUE(fails(pipeline({type}, 64), tile({c}), 64)) << type;
    EXPECT_TRUE(fails(pipeline({9, type}, 64), tile({c}), 64)) << type;
  }
}

TEST(CodecsTiledb, TwentyThousandDamagedTilesFailCleanly) {
  const Buffer data = compressible_bytes(600, 5);
  std::vector<Chunk> chunks = plain_chunks(data, 200);
  for (Chunk& c : chunks) {
    append(c.meta, std::uint32_t{1});
    append(c.meta, static_cast<std::uint32_t>(c.data.size()));
    append(c.meta, std::uint32_t{1});
    append(c.meta, static_cast<std::uint32_t>(c.data.size()));
    append(c.meta, std::uint32_t{3});
  }
  unsigned seed = 0;
  for (const double last : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 16, 19}) {
    const CodecChain chain = pipeline({9, 16, last}, data.size());
    expect_survives_mutations(chain, tile(chunks), data.size(), 1500, ++seed);
  }
}

}  // namespace
}  // namespace posixpar::codec_test
