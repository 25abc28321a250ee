// Streams of pcodec in its standalone format, as numcodecs and zarrs store them: the bytes `pco!`, headers, then chunks
// of numbers. Source: docs/format.md of pcodec; versions 1 to 4 of chunks, 2 and 3 of streams.
#include <type_traits>

#include "native/codecs/pcodec_chunk.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

using pco::kName;
using pco::Number;

constexpr std::uint32_t kMagic = 0x216f6370;  // 'p', 'c', 'o', '!'.
constexpr unsigned kOldestStream = 2;
constexpr unsigned kNewestStream = 3;
constexpr unsigned kNewestVersion = 4;
/// Maximum number of first values of a variable that is stored as differences.
constexpr std::size_t kMaxFirstValues = std::size_t{1} << 15U;
/// Number of states that any stream may have.
constexpr std::size_t kTablesOfOneChunk = 3 * pco::kMaxStates;
/// Maximum number of states of all tables per byte of the decoded stream. A writer needs few states for few numbers.
/// Without this limit, a small stream of many chunks could have so many states that their tables would take minutes.
constexpr std::size_t kStatesPerByte = 8;
static_assert(std::is_trivially_default_constructible_v<pco::Tables>);

/// Returns a text such as "version 5 of the format".
Error unknown_version(unsigned version, const char* part) {
  return unsupported_error(kName, "version " + std::to_string(version) + " of the " + part);
}

/// Reads the headers of a stream. \returns the version of the format of chunks.
Result<unsigned> read_header(LsbBits& bits) {
  if (bits.take(32) != kMagic) return pco::damaged("expected its signature");
  const auto stream = static_cast<unsigned>(bits.take(8));
  if (bits.is_beyond_end()) return pco::damaged("it ends in its header");
  if (stream < kOldestStream || stream > kNewestStream) return unknown_version(stream, "standalone format");
  if (stream >= 3) bits.skip(8);                       // The type of all numbers, or 0.
  bits.skip(static_cast<unsigned>(bits.take(6)) + 1);  // The number of numbers.
  bits.align();
  const auto version = static_cast<unsigned>(bits.take(8));
  if (version >= 4) bits.skip(8);  // The minor version: its additions have numbers of their own.
  if (bits.is_beyond_end()) return pco::damaged("it ends in its header");
  if (version == 0 || version > kNewestVersion) return unknown_version(version, "format");
  return version;
}

class PcodecDecoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return kName; }
  [[nodiscard]] std::size_t own_scratch(std::size_t decoded) const override {
    // Tables, and for lookbacks either all latents twice or, with a dictionary, an index of 4 bytes per number.
    const std::size_t twice = saturating_add(decoded, decoded);
    const std::size_t states = 2 * kMaxFirstValues * sizeof(std::uint64_t);
    return saturating_add(saturating_add(twice, twice), states + sizeof(pco::Tables));
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    const MutableBytes memory = step.scratch.take(2, sizeof(pco::Tables));
    if (memory.empty()) return codec_error(kName, "out of memory");
    auto& tables = *reinterpret_cast<pco::Tables*>(memory.data());
    tables.states_left = saturating_add(kTablesOfOneChunk, step.out.size() * kStatesPerByte);
    LsbBits bits(step.in);
    const auto version = read_header(bits);
    if (!version) return version.error();
    const std::size_t end = step.exact ? step.needed.end : step.out.size();
    std::size_t at = 0;
    // Reads on if everything was decoded: a stream with more numbers is an error.
    while (!step.exact || at < end || end == step.out.size()) {
      const auto type = static_cast<Number>(bits.take(8));
      if (bits.is_beyond_end()) return pco::damaged("it has no end");
      if (static_cast<unsigned>(type) == 0) break;
      const std::size_t size = pco::size_of(type);
      if (size == 0) return unsupported_error(kName, "numbers of type " + std::to_string(static_cast<unsigned>(type)));
      const std::size_t count = bits.take(24) + 1;
      if (count * size > step.out.size() - at) return size_error(kName, step.out.size(), at + count * size);
      const MutableBytes out = step.out.subspan(at, count * size);
      const std::size_t needed = (end - at + size - 1) / size;
      const auto decode_chunk = [&]<typename L>(L) {
        return pco::ChunkDecoder<L>(type, tables, step).decode(bits, *version, count, needed, out);
      };
      const Status status = size == 1   ? decode_chunk(std::uint8_t{})
                            : size == 2 ? decode_chunk(std::uint16_t{})
                            : size == 4 ? decode_chunk(std::uint32_t{})
                                        : decode_chunk(std::uint64_t{});
      if (!status.ok()) return status.error();
      at += out.size();
    }
    if (step.exact && at < end) return size_error(kName, step.out.size(), at);
    return Bytes(step.exact ? step.out : step.out.first(at));
  }
};

}  // namespace

Result<DecoderPtr> make_pcodec(Params) { return DecoderPtr(std::make_unique<PcodecDecoder>()); }

}  // namespace posixpar::codecs
