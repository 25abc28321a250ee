// Chunks of Blosc2 begin with the 16-byte header of Blosc-1, then the codes of six filters, u8 user codec, u8 its
// parameter, the parameters of the filters, u8 reserved and u8 flags. The u32 offsets of the blocks follow. A block is
// one stream or, if it is split, one stream per byte of an element. A stream begins with its i32 length; 0 stands for
// zeros, and a negative length for a repeated byte. Source: README_CHUNK_FORMAT of c-blosc2.
#include "native/codecs/blosc2_chunk.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "native/codecs/bytes.h"
#include "native/kernels/shuffle.h"

namespace posixpar::codecs::blosc2 {
namespace {

constexpr const char* kName = "blosc2";
constexpr std::size_t kHeaderBytes = 32;
constexpr unsigned kFirstVersion = 3;
constexpr unsigned kLastVersion = 5;

enum Flags : unsigned { kExtended = 5, kPlain = 2, kNoSplit = 0x10 };
enum MoreFlags : unsigned { kDictionary = 1, kExtendedMore = 2, kLazy = 8, kInstrumented = 0x80 };
enum Filter : std::uint8_t { kNone = 0, kShuffle = 1, kBitShuffle = 2, kDelta = 3, kTruncate = 4 };
enum Special : unsigned { kNotSpecial = 0, kZeros = 1, kNans = 2, kValue = 3, kUninitialized = 4 };

Error unknown(const std::string& what, unsigned number) {
  return unsupported_error(kName, "chunks with the " + what + " " + std::to_string(number));
}

/// Undoes the delta filter in place. Elements are combined by XOR: in the first block with the element before them, in
/// other blocks with the element at the same position in the first block.
template <typename T>
void undo_delta(MutableBytes block, Bytes first) {
  const std::size_t elements = block.size() / sizeof(T);
  const bool is_first = first.empty();
  for (std::size_t i = is_first ? 1 : 0; i < elements; ++i) {
    const std::byte* other = is_first ? block.data() + (i - 1) * sizeof(T) : first.data() + i * sizeof(T);
    std::byte* at = block.data() + i * sizeof(T);
    store_le(at, static_cast<T>(load_le<T>(at) ^ load_le<T>(other)));
  }
}

void undo_delta(std::size_t element, MutableBytes block, Bytes first) {
  if (element == 2) return undo_delta<std::uint16_t>(block, first);
  if (element == 4) return undo_delta<std::uint32_t>(block, first);
  if (element % 8 == 0) return undo_delta<std::uint64_t>(block, first);
  undo_delta<std::uint8_t>(block, first);
}

/// Undoes a filter that moves bytes.
void undo_shuffle(std::uint8_t filter, std::size_t element, Bytes in, MutableBytes out) {
  std::size_t elements = in.size() / element;
  if (filter == kBitShuffle) {
    elements -= elements % 8;
    bit_unshuffle(in.data(), out.data(), element, elements);
  } else {
    unshuffle_bytes(in.data(), out.data(), element, elements);
  }
  const std::size_t done = elements * element;
  if (done < in.size()) std::memcpy(out.data() + done, in.data() + done, in.size() - done);
}

/// Decodes the streams of a block that begin at offset `at` of the chunk.
bool decode_streams(const Chunk& chunk, std::size_t at, MutableBytes out) {
  if (at < chunk.header || at > chunk.bytes.size()) return false;
  ByteReader reader(chunk.bytes.subspan(at));
  const bool split = (chunk.flags & kNoSplit) == 0 && out.size() == chunk.block;
  const std::size_t streams = split ? chunk.element : 1;
  if (out.size() % streams != 0) return false;
  const std::size_t size = out.size() / streams;
  for (std::size_t i = 0; i < streams; ++i) {
    const MutableBytes stream = out.subspan(i * size, size);
    const auto length = static_cast<std::int32_t>(reader.le<std::uint32_t>());
    if (!reader.ok()) return false;
    if (length <= 0) {
      const auto token = length == 0 ? 1U : static_cast<unsigned>(reader.le<std::uint8_t>());
      if (!reader.ok() || (token & 1U) == 0 || length < -255) return false;
      std::memset(stream.data(), -length, size);
      continue;
    }
    const Bytes stored = reader.take(static_cast<std::uint64_t>(length));
    if (!reader.ok()) return false;
    if (stored.size() == size) {
      std::memcpy(stream.data(), stored.data(), size);
    } else if (!decode_stream(chunk.inner, stored, stream, size)) {
      return false;
    }
  }
  return true;
}

/// Fills `out` with a value of `element` bytes.
void repeat(Bytes value, MutableBytes out) {
  for (std::size_t at = 0; at < out.size(); at += value.size()) {
    std::memcpy(out.data() + at, value.data(), std::min(value.size(), out.size() - at));
  }
}

void fill_nans(std::size_t element, MutableBytes out) {
  std::array<std::byte, 8> value{};
  if (element == 4) {
    store_le(value.data(), std::numeric_limits<float>::quiet_NaN());
  } else {
    store_le(value.data(), std::numeric_limits<double>::quiet_NaN());
  }
  repeat(Bytes(value).first(element), out);
}

/// Checks the filters. \returns an error that names an unknown filter.
Status check_filters(const Chunk& chunk) {
  for (std::size_t i = 0; i < kFilters; ++i) {
    const std::uint8_t filter = chunk.filters[i];
    if (filter > kTruncate) return unknown("filter", filter);
    // The delta filter of the first block refers to elements whose other filters are undone.
    const bool is_last = std::all_of(chunk.filters.begin(), chunk.filters.begin() + static_cast<std::ptrdiff_t>(i),
                                     [](std::uint8_t before) { return before == kNone || before == kTruncate; });
    if (filter == kDelta && !is_last) return unsupported_error(kName, "chunks with a filter before the delta filter");
  }
  return {};
}

/// Reads how the elements are stored from the flags of the header.
Result<Content> content_of(unsigned flags, unsigned more, std::size_t element) {
  if ((more & kDictionary) != 0) return unsupported_error(kName, "chunks with a dictionary");
  if ((more & (kExtendedMore | kLazy | kInstrumented)) != 0) return unknown("flags", more);
  switch (more >> 4U & 7U) {
    case kNotSpecial:
      return (flags & kPlain) != 0 ? Content::plain : Content::blocks;
    case kZeros:
    case kUninitialized:
      return Content::zeros;
    case kNans:
      if (element != 4 && element != 8) return codec_error(kName, "expected NaN of 4 or 8 bytes");
      return Content::nans;
    case kValue:
      return Content::repeated;
    default:
      return unknown("special value", more >> 4U & 7U);
  }
}

}  // namespace

bool Chunk::has_delta() const {
  return content == Content::blocks && std::find(filters.begin(), filters.end(), kDelta) != filters.end();
}

Result<Chunk> parse_chunk(Bytes bytes) {
  ByteReader reader(bytes);
  Chunk chunk;
  chunk.header = kHeaderBytes;
  const auto version = reader.le<std::uint8_t>();
  reader.take(1);
  chunk.flags = reader.le<std::uint8_t>();
  chunk.element = reader.le<std::uint8_t>();
  chunk.size = reader.le<std::uint32_t>();
  chunk.block = reader.le<std::uint32_t>();
  const std::size_t stored = reader.le<std::uint32_t>();
  for (std::uint8_t& filter : chunk.filters) filter = reader.le<std::uint8_t>();
  const unsigned user_codec = reader.le<std::uint8_t>();
  reader.take(1);
  for (std::uint8_t& parameter : chunk.filter_parameters) parameter = reader.le<std::uint8_t>();
  reader.take(1);
  const unsigned more = reader.le<std::uint8_t>();
  if (!reader.ok()) return codec_error(kName, "expected the 32-byte header of a chunk, found a shorter one");
  if (version < kFirstVersion || version > kLastVersion) return unknown("version", version);
  if ((chunk.flags & kExtended) != kExtended) return unsupported_error(kName, "chunks without an extended header");
  if (stored < kHeaderBytes || stored > bytes.size()) {
    return codec_error(
        kName, "expected a chunk of " + std::to_string(stored) + " bytes, found " + std::to_string(bytes.size()));
  }
  chunk.bytes = bytes.first(stored);
  if (chunk.element == 0 || (chunk.block == 0 && chunk.size != 0)) {
    return codec_error(kName, "expected an element size and a block size above 0");
  }
  const auto content = content_of(chunk.flags, more, chunk.element);
  if (!content) return content.error();
  chunk.content = *content;
  if (chunk.content == Content::plain && stored - kHeaderBytes < chunk.size) {
    return codec_error(kName, "expected " + std::to_string(chunk.size) + " plain bytes, found " +
                                  std::to_string(stored - kHeaderBytes));
  }
  if (chunk.content == Content::repeated && stored - kHeaderBytes < chunk.element) {
    return codec_error(kName, "expected a value of " + std::to_string(chunk.element) + " bytes");
  }
  if (chunk.content != Content::blocks) return chunk;
  if (chunk.blocks() > (stored - kHeaderBytes) / 4) {
    return codec_error(kName, "expected the offsets of " + std::to_string(chunk.blocks()) + " blocks");
  }
  const unsigned inner = chunk.flags >> 5U;
  chunk.inner = static_cast<Inner>(inner);
  if (inner == 6) return unknown("codec", user_codec);
  if (inner > 4 || chunk.inner == Inner::snappy) return unknown("codec", inner);
  if (!is_built_in(chunk.inner)) return unsupported_error(kName, "this build lacks the codec of the chunk");
  if (Status status = check_filters(chunk); !status.ok()) return std::move(status).error();
  return chunk;
}

bool decode_block(const Chunk& chunk, std::size_t index, MutableBytes out, Bytes first, CodecScratch& scratch) {
  const std::size_t start = index * chunk.block;
  switch (chunk.content) {
    case Content::plain:
      std::memcpy(out.data(), chunk.bytes.data() + kHeaderBytes + start, out.size());
      return true;
    case Content::zeros:
      std::memset(out.data(), 0, out.size());
      return true;
    case Content::nans:
      fill_nans(chunk.element, out);
      return true;
    case Content::repeated:
      repeat(chunk.bytes.subspan(kHeaderBytes, chunk.element), out);
      return true;
    case Content::blocks:
      break;
  }
  const auto moves = static_cast<std::size_t>(std::count_if(
      chunk.filters.begin(), chunk.filters.end(), [](std::uint8_t f) { return f == kShuffle || f == kBitShuffle; }));
  MutableBytes other;
  if (moves != 0) {
    other = scratch.take(2, out.size());
    if (other.size() != out.size()) return false;
  }
  // Each shuffle moves the bytes to the other buffer. The last one must move them to `out`.
  MutableBytes current = moves % 2 == 0 ? out : other;
  const auto at = load_le<std::uint32_t>(chunk.bytes.data() + kHeaderBytes + 4 * index);
  if (!decode_streams(chunk, at, current)) return false;
  for (std::size_t i = kFilters; i-- > 0;) {
    const std::uint8_t filter = chunk.filters[i];
    if (filter == kDelta) undo_delta(chunk.element, current, first);
    if (filter != kShuffle && filter != kBitShuffle) continue;
    const std::size_t given = filter == kShuffle ? chunk.filter_parameters[i] : 0;
    const MutableBytes target = current.data() == out.data() ? other : out;
    undo_shuffle(filter, given == 0 ? chunk.element : given, current, target);
    current = target;
  }
  return true;
}

}  // namespace posixpar::codecs::blosc2
