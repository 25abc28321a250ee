#include "native/codecs/digest.h"

#include <bit>

#include "native/codecs/bytes.h"

namespace posixpar::codecs {
namespace {

constexpr std::size_t kBlock = 64;

/// Pads `bytes` with 0x80, zeros and the length in bits, and calls `block` for every 64 bytes. MD5 and SHA-256 use the
/// same padding, except for the byte order of the length.
template <typename Block>
void feed(Bytes bytes, bool big_endian_length, Block block) {
  const std::byte* p = bytes.data();
  std::size_t n = bytes.size();
  for (; n >= kBlock; n -= kBlock, p += kBlock) block(p);
  std::byte last[2 * kBlock] = {};
  if (n != 0) std::memcpy(last, p, n);
  last[n] = std::byte{0x80};
  const std::size_t size = n + 9 <= kBlock ? kBlock : 2 * kBlock;
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  store_le(last + size - 8, big_endian_length ? byte_swap(bits) : bits);
  for (std::size_t at = 0; at < size; at += kBlock) block(last + at);
}

constexpr std::uint32_t kMd5Sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kMd5Turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

/// Runs the sixteen steps of one round. Step i uses word (kStride * i + kFirst) % 16.
template <unsigned kRound, unsigned kStride, unsigned kFirst, typename Mix>
void md5_round(std::uint32_t (&s)[4], const std::byte* p, Mix mix) {
  for (unsigned i = 0; i < 16; i += 4) {
    // The four state words rotate after each step. Permuted arguments avoid moving them.
    const auto step = [&](std::uint32_t& a, std::uint32_t b, std::uint32_t c, std::uint32_t d, unsigned k) {
      const unsigned word = (kStride * (i + k) + kFirst) % 16;
      const std::uint32_t sum =
          a + mix(b, c, d) + kMd5Sines[16 * kRound + i + k] + load_le<std::uint32_t>(p + std::size_t{4} * word);
      a = b + std::rotl(sum, kMd5Turns[kRound][k]);
    };
    step(s[0], s[1], s[2], s[3], 0);
    step(s[3], s[0], s[1], s[2], 1);
    step(s[2], s[3], s[0], s[1], 2);
    step(s[1], s[2], s[3], s[0], 3);
  }
}

void md5_block(std::uint32_t (&state)[4], const std::byte* p) {
  std::uint32_t s[4];
  std::memcpy(s, state, sizeof(s));
  using U = std::uint32_t;
  md5_round<0, 1, 0>(s, p, [](U b, U c, U d) { return (b & c) | (~b & d); });
  md5_round<1, 5, 1>(s, p, [](U b, U c, U d) { return (d & b) | (~d & c); });
  md5_round<2, 3, 5>(s, p, [](U b, U c, U d) { return b ^ c ^ d; });
  md5_round<3, 7, 0>(s, p, [](U b, U c, U d) { return c ^ (b | ~d); });
  for (std::size_t i = 0; i < 4; ++i) state[i] += s[i];
}

constexpr std::uint32_t kSha256Roots[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

void sha256_block(std::uint32_t (&state)[8], const std::byte* p) {
  std::uint32_t w[64];
  for (std::size_t i = 0; i < 16; ++i) w[i] = load_be<std::uint32_t>(p + 4 * i);
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t x = w[i - 15];
    const std::uint32_t y = w[i - 2];
    w[i] = w[i - 16] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3)) + w[i - 7] +
           (std::rotr(y, 17) ^ std::rotr(y, 19) ^ (y >> 10));
  }
  std::uint32_t s[8];
  std::memcpy(s, state, sizeof(s));
  // The eight state words rotate after each step. Permuted arguments avoid moving them.
  const auto step = [&](std::size_t i, std::size_t k) {
    const auto at = [&](std::size_t j) -> std::uint32_t& { return s[(j + 8 - k) % 8]; };
    const std::uint32_t e = at(4);
    const std::uint32_t a = at(0);
    const std::uint32_t t1 = at(7) + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                             ((e & at(5)) ^ (~e & at(6))) + kSha256Roots[i + k] + w[i + k];
    const std::uint32_t t2 =
        (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & at(1)) ^ (a & at(2)) ^ (at(1) & at(2)));
    at(3) += t1;
    at(7) = t1 + t2;
  };
  for (std::size_t i = 0; i < 64; i += 8) {
    step(i, 0);
    step(i, 1);
    step(i, 2);
    step(i, 3);
    step(i, 4);
    step(i, 5);
    step(i, 6);
    step(i, 7);
  }
  for (std::size_t i = 0; i < 8; ++i) state[i] += s[i];
}

}  // namespace

std::array<std::byte, 16> md5(Bytes bytes) {
  std::uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  feed(bytes, false, [&](const std::byte* p) { md5_block(state, p); });
  std::array<std::byte, 16> out{};
  std::memcpy(out.data(), state, out.size());
  return out;
}

std::array<std::byte, 32> sha256(Bytes bytes) {
  std::uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                            0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  feed(bytes, true, [&](const std::byte* p) { sha256_block(state, p); });
  std::array<std::byte, 32> out{};
  for (std::size_t i = 0; i < 8; ++i) store_le(out.data() + 4 * i, byte_swap(state[i]));
  return out;
}

}  // namespace posixpar::codecs
