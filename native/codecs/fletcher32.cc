#include "native/codecs/fletcher32.h"

#include "native/codecs/bytes.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

/// Returns x modulo 65535, except that a result of 0 becomes 65535 if x is not 0. HDF5 gets the same result by adding
/// the high bits to the low bits.
std::uint64_t fold(std::uint64_t x) { return x == 0 ? 0 : (x - 1) % 65535 + 1; }

/// Number of independent sums, which the compiler vectorises.
constexpr std::size_t kLanes = 16;
/// Number of steps after which sums must be reduced. The second sum of a lane is at most steps * (steps + 1) / 2 *
/// 65535. This product must fit into 32 bits.
constexpr std::size_t kSteps = 256;

/// Adds the kLanes * steps 16-bit words at `p` to both sums.
void add_block(const std::byte* p, std::size_t steps, std::uint64_t& sum1, std::uint64_t& sum2) {
  std::uint32_t a[kLanes] = {};
  std::uint32_t b[kLanes] = {};
  for (std::size_t t = 0; t < steps; ++t, p += 2 * kLanes) {
    std::uint16_t words[kLanes];
    std::memcpy(words, p, sizeof(words));
    for (std::size_t j = 0; j < kLanes; ++j) {
      a[j] += static_cast<std::uint16_t>(words[j] << 8 | words[j] >> 8);
      b[j] += a[j];
    }
  }
  // sum2 counts word (t, j) once, and once more for each word that follows it in the block.
  std::uint64_t s1 = 0;
  std::uint64_t s2 = 0;
  for (std::size_t j = 0; j < kLanes; ++j) {
    s1 += a[j];
    s2 += std::uint64_t{kLanes} * b[j] - std::uint64_t{j} * a[j];
  }
  sum2 = fold(sum2 + sum1 * (steps * kLanes) + s2);
  sum1 = fold(sum1 + s1);
}

class Fletcher32Decoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return "fletcher32"; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    return {saturating_add(decoded.bytes, 4), decoded.exact};
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    if (step.in.size() < 4) return codec_error(name(), "expected a 4-byte checksum, found a shorter chunk");
    const Bytes payload = step.in.first(step.in.size() - 4);
    const auto stored = load_le<std::uint32_t>(step.in.data() + payload.size());
    const std::uint32_t found = fletcher32(payload);
    // Some machines with HDF5 up to 1.6.2 wrote each half with its bytes swapped. Accepts this form, and a checksum
    // whose four bytes are reversed.
    const std::uint32_t swapped = (found & 0x00FF00FFU) << 8 | (found >> 8 & 0x00FF00FFU);
    if (stored != found && stored != swapped && stored != byte_swap(found)) {
      return codec_error(name(),
                         "expected the checksum " + std::to_string(stored) + ", found " + std::to_string(found));
    }
    return payload;
  }
};

}  // namespace

std::uint32_t fletcher32(Bytes bytes) {
  std::uint64_t sum1 = 0;
  std::uint64_t sum2 = 0;
  const std::byte* p = bytes.data();
  std::size_t n = bytes.size();
  while (n >= 2 * kLanes) {
    const std::size_t steps = n / (2 * kLanes) < kSteps ? n / (2 * kLanes) : kSteps;
    add_block(p, steps, sum1, sum2);
    p += steps * 2 * kLanes;
    n -= steps * 2 * kLanes;
  }
  for (; n >= 2; n -= 2, p += 2) {
    sum1 += load_be<std::uint16_t>(p);
    sum2 += sum1;
  }
  if (n == 1) {
    sum1 += static_cast<std::uint64_t>(*p) << 8;
    sum2 += sum1;
  }
  return static_cast<std::uint32_t>(fold(sum2) << 16 | fold(sum1));
}

Result<DecoderPtr> make_fletcher32(Params) { return DecoderPtr(std::make_unique<Fletcher32Decoder>()); }

}  // namespace posixpar::codecs
