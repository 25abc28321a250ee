// Decodes LZF, BloscLZ and Snappy streams that are composed token by token.
#include <functional>

#include "native/codecs/blosclz.h"
#include "native/codecs/snappy.h"
#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

/// A stream and its decoded bytes.
struct Pair {
  Buffer stored;
  Buffer decoded;
};

std::byte byte_of(std::size_t v) { return static_cast<std::byte>(v & 0xFFU); }

void copy_back(Buffer& out, std::size_t distance, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) out.push_back(out[out.size() - distance]);
}

Buffer literals(Pair& p, std::mt19937& rng, std::size_t count) {
  Buffer run(count);
  for (auto& b : run) b = byte_of(rng());
  append_bytes(p.decoded, run);
  return run;
}

Pair lzf_stream(unsigned seed) {
  std::mt19937 rng(seed);
  Pair p;
  for (int token = 0; token < 60; ++token) {
    if (p.decoded.empty() || rng() % 2 == 0) {
      const std::size_t n = rng() % 32 + 1;
      p.stored.push_back(byte_of(n - 1));
      append_bytes(p.stored, literals(p, rng, n));
      continue;
    }
    const std::size_t distance = rng() % std::min<std::size_t>(p.decoded.size(), 8192) + 1;
    const std::size_t length = rng() % 262 + 3;
    const std::size_t field = length - 2;
    p.stored.push_back(byte_of((std::min<std::size_t>(field, 7) << 5) | ((distance - 1) >> 8)));
    if (field >= 7) p.stored.push_back(byte_of(field - 7));
    p.stored.push_back(byte_of(distance - 1));
    copy_back(p.decoded, distance, length);
  }
  return p;
}

Pair blosclz_stream(unsigned seed) {
  std::mt19937 rng(seed);
  Pair p;
  for (int token = 0; token < 400; ++token) {
    if (p.decoded.empty() || rng() % 2 == 0) {
      const std::size_t n = rng() % 32 + 1;
      p.stored.push_back(byte_of((n - 1) | (token == 0 ? 0x20U : 0U)));  // The first byte contains the version.
      append_bytes(p.stored, literals(p, rng, n));
      continue;
    }
    const std::size_t reach = std::min<std::size_t>(p.decoded.size(), rng() % 3 == 0 ? 70000 : 8192);
    const std::size_t distance = rng() % reach + 1;
    const std::size_t length = rng() % 600 + 3;
    const bool far = distance > 8191;
    const std::size_t high = far ? 31 : (distance - 1) >> 8;
    std::size_t field = length - 2;
    p.stored.push_back(byte_of((std::min<std::size_t>(field, 7) << 5) | high));
    if (field >= 7) {
      for (field -= 7; field >= 255; field -= 255) p.stored.push_back(byte_of(255));
      p.stored.push_back(byte_of(field));
    }
    if (far) {
      const std::size_t rest = distance - 8192;
      p.stored.push_back(byte_of(255));
      p.stored.push_back(byte_of(rest >> 8));
      p.stored.push_back(byte_of(rest));
    } else {
      p.stored.push_back(byte_of(distance - 1));
    }
    copy_back(p.decoded, distance, length);
  }
  return p;
}

Pair snappy_stream(unsigned seed) {
  std::mt19937 rng(seed);
  Pair p;
  for (int token = 0; token < 60; ++token) {
    if (p.decoded.empty() || rng() % 2 == 0) {
      const std::size_t n = rng() % (rng() % 8 == 0 ? 70000 : 80) + 1;
      if (n <= 60) {
        p.stored.push_back(byte_of((n - 1) << 2));
      } else {
        const std::size_t bytes = n - 1 < 256 ? 1 : n - 1 < 65536 ? 2 : 3;
        p.stored.push_back(byte_of((59 + bytes) << 2));
        for (std::size_t i = 0; i < bytes; ++i) p.stored.push_back(byte_of((n - 1) >> (8 * i)));
      }
      append_bytes(p.stored, literals(p, rng, n));
      continue;
    }
    const std::size_t distance = rng() % p.decoded.size() + 1;
    const std::size_t kind = distance < 2048 && rng() % 2 == 0 ? 1 : distance < 65536 ? 2 : 3;
    const std::size_t length = kind == 1 ? rng() % 8 + 4 : rng() % 64 + 1;
    if (kind == 1) {
      p.stored.push_back(byte_of(1U | (length - 4) << 2 | distance >> 8 << 5));
      p.stored.push_back(byte_of(distance));
    } else {
      p.stored.push_back(byte_of(kind | (length - 1) << 2));
      for (std::size_t i = 0; i < (kind == 2 ? 2U : 4U); ++i) p.stored.push_back(byte_of(distance >> (8 * i)));
    }
    copy_back(p.decoded, distance, length);
  }
  Buffer head;
  std::size_t size = p.decoded.size();
  for (; size >= 128; size >>= 7) head.push_back(byte_of(size | 128U));
  head.push_back(byte_of(size));
  append_bytes(head, p.stored);
  p.stored = std::move(head);
  return p;
}

/// Checks that valid streams decode into buffers of the decoded size, but not of other sizes. Also decodes damaged
/// streams, so that sanitizers detect accesses out of bounds.
void expect_sound(Pair (*make)(unsigned), const std::function<bool(const Buffer&, Buffer&)>& decode, bool knows_size) {
  std::mt19937 rng(99);
  for (unsigned seed = 0; seed < 40; ++seed) {
    const Pair p = make(seed);
    Buffer out(p.decoded.size());
    ASSERT_TRUE(decode(p.stored, out)) << seed;
    ASSERT_EQ(out, p.decoded) << seed;
    Buffer shorter(p.decoded.size() - 1);
    EXPECT_FALSE(decode(p.stored, shorter)) << seed;
    if (knows_size) {
      Buffer longer(p.decoded.size() + 1);
      EXPECT_FALSE(decode(p.stored, longer)) << seed;
    }
    for (int i = 0; i < 500; ++i) decode(mutate(p.stored, rng), out);
  }
}

TEST(CodecsLz, BlosclzStreamsDecode) {
  expect_sound(
      blosclz_stream, [](const Buffer& in, Buffer& out) { return codecs::blosclz_decode(in, out); }, true);
}

TEST(CodecsLz, SnappyStreamsDecode) {
  expect_sound(
      snappy_stream, [](const Buffer& in, Buffer& out) { return codecs::snappy_decode(in, out); }, true);
}

TEST(CodecsLz, LzfStreamsDecode) {
  expect_sound(
      lzf_stream,
      [](const Buffer& in, Buffer& out) {
        return decode_into(chain_of({{CodecId::lzf, {}}}, out.size()), in, out, {0, out.size()}).ok();
      },
      true);
}

TEST(CodecsLz, DecodesAnLzfPrefixWithoutTheRest) {
  Pair p = lzf_stream(5);
  const std::size_t half = p.decoded.size() / 2;
  p.stored.erase(p.stored.end() - 3, p.stored.end());
  Buffer out(p.decoded.size());
  const CodecChain chain = chain_of({{CodecId::lzf, {}}}, out.size());
  EXPECT_FALSE(decode_into(chain, p.stored, out, {0, out.size()}).ok());
  ASSERT_TRUE(decode_into(chain, p.stored, out, {0, half}).ok());
  EXPECT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(half), p.decoded.begin()));
}

TEST(CodecsLz, RefusesDistancesBeforeTheStart) {
  Buffer out(10);
  EXPECT_FALSE(codecs::blosclz_decode(
      std::vector<std::byte>{byte_of(0), byte_of('a'), byte_of(0xE0), byte_of(0), byte_of(1)}, out));
  EXPECT_FALSE(codecs::snappy_decode(
      std::vector<std::byte>{byte_of(10), byte_of(0), byte_of('a'), byte_of(0x15), byte_of(2)}, out));
  EXPECT_FALSE(codecs::snappy_decode(
      std::vector<std::byte>{byte_of(10), byte_of(0), byte_of('a'), byte_of(0x15), byte_of(0)}, out));
  // A size with more than five bytes.
  EXPECT_FALSE(codecs::snappy_decode(Buffer(20, byte_of(0xFF)), out));
}

}  // namespace
}  // namespace posixpar::codec_test
