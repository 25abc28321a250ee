// Removes and checks the CRC-32 or Adler-32 of a payload, as stored by numcodecs.
#include "native/codecs/checksum32.h"

#include <array>

#include "native/codecs/bytes.h"
#include "native/codecs/registry.h"

#if defined(POSIXPAR_HAVE_LIBDEFLATE)
#include <libdeflate.h>
#endif

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_LIBDEFLATE)

std::uint32_t crc32(Bytes bytes, std::uint32_t before) {
  // Not called for empty input: libdeflate would then ignore `before` and return 0.
  return bytes.empty() ? before : libdeflate_crc32(before, bytes.data(), bytes.size());
}
std::uint32_t adler32(Bytes bytes) { return libdeflate_adler32(1, bytes.data(), bytes.size()); }

#else
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> t{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int k = 0; k < 8; ++k) c = (c & 1U) != 0 ? (c >> 1) ^ 0xEDB88320U : c >> 1;
    t[i] = c;
  }
  return t;
}
constexpr std::array<std::uint32_t, 256> kTable = make_table();

}  // namespace

std::uint32_t crc32(Bytes bytes, std::uint32_t before) {
  std::uint32_t c = ~before;
  for (const std::byte b : bytes) c = (c >> 8) ^ kTable[(c ^ static_cast<std::uint32_t>(b)) & 255U];
  return ~c;
}

std::uint32_t adler32(Bytes bytes) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  constexpr std::size_t kRun = 5552;  // Maximum number of bytes before `b` would exceed 32 bits (RFC 1950, section 9).
  while (!bytes.empty()) {
    const Bytes run = bytes.first(bytes.size() < kRun ? bytes.size() : kRun);
    for (const std::byte v : run) {
      a += static_cast<std::uint32_t>(v);
      b += a;
    }
    a %= 65521;
    b %= 65521;
    bytes = bytes.subspan(run.size());
  }
  return b << 16 | a;
}

#endif

namespace {

class Checksum32Decoder final : public Decoder {
 public:
  Checksum32Decoder(bool adler, bool last) : adler_(adler), last_(last) {}

  [[nodiscard]] const char* name() const override { return adler_ ? "adler32" : "crc32"; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    return {saturating_add(decoded.bytes, 4), decoded.exact};
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    if (step.in.size() < 4) return codec_error(name(), "expected a 4-byte checksum, found a shorter chunk");
    const std::size_t size = step.in.size() - 4;
    const Bytes payload = step.in.subspan(last_ ? 0 : 4, size);
    const auto stored = load_le<std::uint32_t>(step.in.data() + (last_ ? size : 0));
    const std::uint32_t found = adler_ ? adler32(payload) : crc32(payload);
    if (stored != found) {
      return codec_error(name(),
                         "expected the checksum " + std::to_string(stored) + ", found " + std::to_string(found));
    }
    return payload;
  }

 private:
  bool adler_;
  bool last_;
};

}  // namespace

Result<DecoderPtr> make_checksum32(Params params) {
  const auto kind = whole_param("checksum32", params, 0, 0, 1);
  if (!kind) return kind.error();
  bool last = false;
  if (params.size() > 1) {
    const auto p = whole_param("checksum32", params, 1, 0, 1);
    if (!p) return p.error();
    last = *p == 1;
  }
  return DecoderPtr(std::make_unique<Checksum32Decoder>(*kind == 1, last));
}

}  // namespace posixpar::codecs
