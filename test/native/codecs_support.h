#pragma once
/// \file Shared by the codec tests: byte buffers, random data and functions that run a chain.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "native/codecs/codec.h"

namespace posixpar::codec_test {

using Buffer = std::vector<std::byte>;

inline Buffer bytes_of(const std::string& text) {
  Buffer out(text.size());
  std::memcpy(out.data(), text.data(), text.size());
  return out;
}

template <typename T>
Buffer bytes_of(const std::vector<T>& values) {
  Buffer out(values.size() * sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), values.data(), out.size());
  return out;
}

template <typename T>
void append(Buffer& to, T value) {
  const std::size_t at = to.size();
  to.resize(at + sizeof(T));
  std::memcpy(to.data() + at, &value, sizeof(T));
}

inline void append_bytes(Buffer& to, const Buffer& from) { to.insert(to.end(), from.begin(), from.end()); }

/// Appends bits, least significant first.
class LsbBitWriter {
 public:
  void put(std::uint64_t value, unsigned bits) {
    for (unsigned i = 0; i < bits; ++i, ++used_) {
      if (used_ % 8 == 0) bytes_.push_back(std::byte{0});
      bytes_.back() |= static_cast<std::byte>((value >> i & 1U) << used_ % 8);
    }
  }
  /// Fills the rest of a byte with zeros.
  void align() { used_ = 8 * bytes_.size(); }
  [[nodiscard]] const Buffer& bytes() const { return bytes_; }

 private:
  Buffer bytes_;
  std::size_t used_ = 0;
};

inline Buffer random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 rng(seed);
  Buffer out(size);
  for (auto& b : out) b = static_cast<std::byte>(rng() & 0xFFU);
  return out;
}

/// Returns bytes with many repetitions at short and long distances.
inline Buffer compressible_bytes(std::size_t size, unsigned seed) {
  std::mt19937 rng(seed);
  Buffer out;
  while (out.size() < size) {
    if (out.empty() || rng() % 2 == 0) {
      for (std::size_t i = rng() % 20 + 1; i > 0; --i) out.push_back(static_cast<std::byte>(rng() & 0xFFU));
    } else {
      const std::size_t distance = rng() % (rng() % 4 == 0 ? out.size() : std::min<std::size_t>(out.size(), 16)) + 1;
      for (std::size_t i = rng() % 300 + 3; i > 0; --i) out.push_back(out[out.size() - distance]);
    }
  }
  out.resize(size);
  return out;
}

inline CodecChain chain_of(std::vector<CodecSpec> specs, std::size_t size) {
  auto chain = CodecChain::build(specs, size);
  EXPECT_TRUE(chain.ok()) << (chain.ok() ? "" : chain.error().message);
  return chain.ok() ? std::move(*chain) : CodecChain();
}

/// Decodes into `out`, which is a separate heap block, so that AddressSanitizer detects every access beyond it.
inline Status decode_into(const CodecChain& chain, const Buffer& stored, Buffer& out, Needed needed,
                          std::uint32_t mask = 0) {
  CodecScratch scratch;
  return chain.decode(Bytes(stored), mask, MutableBytes(out), needed, scratch);
}

/// Expects `stored` to decode to `expected`, as a whole and in several ranges.
inline void expect_decodes(const CodecChain& chain, const Buffer& stored, const Buffer& expected,
                           const std::string& what, std::uint32_t mask = 0) {
  const std::size_t n = expected.size();
  const Needed ranges[] = {{0, n}, {0, 1}, {0, n / 2}, {n / 3, n / 3 * 2}, {n - n / 5, n}, {n / 2, n / 2 + 1}};
  for (const Needed& r : ranges) {
    if (r.end > n || (n != 0 && r.begin >= r.end)) continue;
    Buffer out(n, std::byte{0xA5});
    const Status status = decode_into(chain, stored, out, r, mask);
    if (!status.ok() && status.error().kind == ErrorKind::unsupported) {
      std::cout << "SKIP: " << what << ": " << status.error().message << "\n";
      return;
    }
    ASSERT_TRUE(status.ok()) << what << " [" << r.begin << ", " << r.end << "): " << status.error().op << ": "
                             << status.error().message;
    for (std::size_t i = r.begin; i < r.end; ++i) {
      ASSERT_EQ(out[i], expected[i]) << what << " [" << r.begin << ", " << r.end << ") differs at byte " << i;
    }
  }
}

/// Returns a copy of `stored` with 1 to 4 random changes. A change concerns a bit, a byte, an integer or the length.
inline Buffer mutate(const Buffer& stored, std::mt19937& rng) {
  Buffer out = stored;
  for (std::size_t k = rng() % 4 + 1; k > 0 && !out.empty(); --k) {
    // Half of the changes are in the first bytes, which contain headers.
    const std::size_t at = rng() % (rng() % 2 == 0 ? std::min<std::size_t>(out.size(), 64) : out.size());
    switch (rng() % 6) {
      case 0:
        out[at] ^= static_cast<std::byte>(1U << rng() % 8);
        break;
      case 1:
        out[at] = static_cast<std::byte>(rng() & 0xFFU);
        break;
      case 2:
        out[at] = rng() % 2 == 0 ? std::byte{0} : std::byte{0xFF};
        break;
      case 3:
        out.resize(at);
        break;
      case 4:
        out.insert(out.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::byte>(rng() & 0xFFU));
        break;
      default: {
        const std::uint32_t extremes[] = {0, 1, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU, 0x10000U};
        const std::uint32_t v = extremes[rng() % 6];
        std::memcpy(out.data() + at, &v, std::min<std::size_t>(4, out.size() - at));
      }
    }
  }
  return out;
}

/// Decodes `count` damaged copies of `stored`. Sanitizers detect crashes and accesses out of bounds. The test itself
/// checks that each error names the codec and the problem.
inline void expect_survives_mutations(const CodecChain& chain, const Buffer& stored, std::size_t size, unsigned count,
                                      unsigned seed) {
  std::mt19937 rng(seed);
  Buffer out(size);
  for (unsigned i = 0; i < count; ++i) {
    const Buffer damaged = mutate(stored, rng);
    Needed needed{0, size};
    if (size != 0 && rng() % 3 == 0) {
      needed.begin = rng() % size;
      needed.end = needed.begin + rng() % (size - needed.begin) + 1;
    }
    const Status status = decode_into(chain, damaged, out, needed);
    if (status.ok()) continue;
    const Error& e = status.error();
    ASSERT_TRUE(e.kind == ErrorKind::codec || e.kind == ErrorKind::unsupported) << e.message;
    ASSERT_STRNE(e.op, "");
    ASSERT_FALSE(e.message.empty());
  }
}

}  // namespace posixpar::codec_test
