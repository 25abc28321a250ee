// Streams of LZ4 blocks as lz4-java's LZ4BlockOutputStream writes them; N5 stores such streams.
//
// A block begins with the bytes `LZ4Block`, a u8 token (high half 1 plain | 2 LZ4, low half the block size), the u32
// stored size, the u32 decoded size and the u32 checksum, all little-endian. The checksum is the low 28 bits of the
// 32-bit xxHash of the decoded bytes. A block of size 0 ends the stream. Source: LZ4BlockOutputStream of lz4-java 1.8.
#include <algorithm>
#include <bit>
#include <cstring>

#include "native/codecs/bytes.h"
#include "native/codecs/lz4.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

constexpr char kMagic[] = {'L', 'Z', '4', 'B', 'l', 'o', 'c', 'k'};
constexpr std::uint32_t kSeed = 0x9747b28c;
constexpr std::uint32_t kChecksumMask = 0x0FFFFFFF;
constexpr unsigned kPlain = 1;
constexpr unsigned kLz4 = 2;

constexpr std::uint32_t kPrimes[] = {2654435761U, 2246822519U, 3266489917U, 668265263U, 374761393U};

/// Returns the 32-bit xxHash. Source: doc/xxhash_spec.md of xxHash.
std::uint32_t xxhash32(Bytes in, std::uint32_t seed) {
  const auto [p1, p2, p3, p4, p5] = kPrimes;
  std::size_t at = 0;
  std::uint32_t hash = seed + p5;
  if (in.size() >= 16) {
    std::uint32_t lanes[] = {seed + p1 + p2, seed + p2, seed, seed - p1};
    for (; at + 16 <= in.size(); at += 16) {
      for (std::size_t lane = 0; lane < 4; ++lane) {
        const auto word = load_le<std::uint32_t>(in.data() + at + 4 * lane);
        lanes[lane] = std::rotl(lanes[lane] + word * p2, 13) * p1;
      }
    }
    hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
  }
  hash += static_cast<std::uint32_t>(in.size());
  for (; at + 4 <= in.size(); at += 4) {
    hash = std::rotl(hash + load_le<std::uint32_t>(in.data() + at) * p3, 17) * p4;
  }
  for (; at < in.size(); ++at) hash = std::rotl(hash + static_cast<std::uint32_t>(in[at]) * p5, 11) * p1;
  hash = (hash ^ hash >> 15U) * p2;
  hash = (hash ^ hash >> 13U) * p3;
  return hash ^ hash >> 16U;
}

class Lz4JavaDecoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return "lz4 (java)"; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    ByteReader reader(step.in);
    std::size_t at = 0;
    while (!step.exact || at < std::min(step.needed.end, step.out.size())) {
      const Bytes magic = reader.take(sizeof kMagic);
      const unsigned method = static_cast<unsigned>(reader.le<std::uint8_t>()) >> 4U;
      const auto stored_size = reader.le<std::uint32_t>();
      const auto size = reader.le<std::uint32_t>();
      const auto checksum = reader.le<std::uint32_t>();
      const Bytes stored = reader.take(stored_size);
      if (!reader.ok()) return damaged(at, "the stream ends there");
      if (std::memcmp(magic.data(), kMagic, sizeof kMagic) != 0) return damaged(at, "it has no signature");
      if (size == 0) break;
      if (size > step.out.size() - at) return size_error(name(), step.out.size(), at + size);
      const MutableBytes out = step.out.subspan(at, size);
      if (method == kPlain && stored_size == size) {
        std::memcpy(out.data(), stored.data(), size);
      } else if (method != kLz4 || lz4_decode(stored, out) != size) {
        return damaged(at, "it does not decode to " + std::to_string(size) + " bytes");
      }
      if ((xxhash32(out, kSeed) & kChecksumMask) != checksum) return damaged(at, "its checksum is wrong");
      at += size;
    }
    if (step.exact && at < std::min(step.needed.end, step.out.size())) return size_error(name(), step.out.size(), at);
    return Bytes(step.exact ? step.out : step.out.first(at));
  }

 private:
  [[nodiscard]] Error damaged(std::size_t at, const std::string& why) const {
    return codec_error(name(), "the block at decoded byte " + std::to_string(at) + " is damaged: " + why);
  }
};

}  // namespace

Result<DecoderPtr> make_lz4_java(Params) {
  if (!kHasLz4) return unsupported_error("lz4 (java)", "this build has no liblz4");
  return DecoderPtr(std::make_unique<Lz4JavaDecoder>());
}

}  // namespace posixpar::codecs
