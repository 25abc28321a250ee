#include "native/codecs/crc32c.h"

#include <array>

#include "native/codecs/bytes.h"
#include "native/codecs/registry.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace posixpar::codecs {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78U;  // 0x1EDC6F41 with its bits reversed.

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables t{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int k = 0; k < 8; ++k) c = (c & 1U) != 0 ? (c >> 1) ^ kPolynomial : c >> 1;
    t[0][i] = c;
  }
  for (std::uint32_t i = 0; i < 256; ++i) {
    for (std::size_t k = 1; k < 8; ++k) t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 255U];
  }
  return t;
}

constexpr Tables kTables = make_tables();

#if defined(__x86_64__)
__attribute__((target("sse4.2,crc32"))) std::uint32_t crc32c_sse42(Bytes bytes) {
  std::uint64_t crc = 0xFFFFFFFFU;
  const std::byte* p = bytes.data();
  std::size_t n = bytes.size();
  for (; n >= 8; n -= 8, p += 8) crc = _mm_crc32_u64(crc, load_le<std::uint64_t>(p));
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; n > 0; --n, ++p) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*p));
  return ~narrow;
}
#endif

class Crc32cDecoder final : public Decoder {
 public:
  explicit Crc32cDecoder(bool first) : first_(first) {}

  [[nodiscard]] const char* name() const override { return "crc32c"; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    return {saturating_add(decoded.bytes, 4), decoded.exact};
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    if (step.in.size() < 4) return codec_error(name(), "expected a 4-byte checksum, found a shorter chunk");
    const std::size_t size = step.in.size() - 4;
    const Bytes payload = step.in.subspan(first_ ? 4 : 0, size);
    const auto stored = load_le<std::uint32_t>(step.in.data() + (first_ ? 0 : size));
    const std::uint32_t found = crc32c(payload);
    if (stored != found) {
      return codec_error(name(),
                         "expected the checksum " + std::to_string(stored) + ", found " + std::to_string(found));
    }
    return payload;
  }

  [[nodiscard]] bool can_encode() const override { return true; }
  [[nodiscard]] std::size_t encoded_limit(std::size_t size) const override { return saturating_add(size, 4); }
  [[nodiscard]] Result<Bytes> encode(const EncodeStep& step) const override {
    const std::size_t size = step.in.size();
    if (size != 0) std::memcpy(step.out.data() + (first_ ? 4 : 0), step.in.data(), size);
    store_le(step.out.data() + (first_ ? 0 : size), crc32c(step.in));
    return Bytes(step.out.first(size + 4));
  }

 private:
  bool first_;
};

}  // namespace

std::uint32_t crc32c_scalar(Bytes bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  const std::byte* p = bytes.data();
  std::size_t n = bytes.size();
  for (; n >= 8; n -= 8, p += 8) {
    const std::uint64_t v = load_le<std::uint64_t>(p) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][(v >> (8 * k)) & 255U];
  }
  for (; n > 0; --n, ++p) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<std::uint32_t>(*p)) & 255U];
  return ~crc;
}

std::uint32_t crc32c(Bytes bytes) {
#if defined(__x86_64__)
  static const bool has_sse42 = __builtin_cpu_supports("sse4.2") != 0;
  if (has_sse42) return crc32c_sse42(bytes);
#endif
  return crc32c_scalar(bytes);
}

Result<DecoderPtr> make_crc32c(Params params) {
  bool first = false;
  if (!params.empty()) {
    const auto p = whole_param("crc32c", params, 0, 0, 1);
    if (!p) return p.error();
    first = *p == 1;
  }
  return DecoderPtr(std::make_unique<Crc32cDecoder>(first));
}

}  // namespace posixpar::codecs
