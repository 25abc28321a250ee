// Blosc-1 frames, as written by HDF5 filter 32001, Zarr and numcodecs.
//
// A frame begins with a 16-byte header (u8 version, u8 version of the inner codec, u8 flags, u8 element size, u32
// decoded size, u32 block size, u32 stored size) and the u32 offsets of its blocks. A frame with the flag `memcpyed`
// has no blocks: the uncompressed data follows the header. Blocks are independent. A block consists of one stream or,
// if split, of one stream per byte of an element. A stream is an i32 length and its bytes; it is uncompressed if the
// length equals the decoded size. Source: README_CHUNK_FORMAT of c-blosc 1.x.
#include <algorithm>
#include <cstring>
#include <optional>

#include "native/codecs/blosc_inner.h"
#include "native/codecs/bytes.h"
#include "native/codecs/inflate.h"
#include "native/codecs/lz4.h"
#include "native/codecs/registry.h"
#include "native/codecs/zstd.h"
#include "native/kernels/shuffle.h"

namespace posixpar::codecs {
namespace {

constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kMaxSplits = 16;
constexpr std::size_t kMinSplitBytes = 128;

enum Flags : unsigned { kByteShuffle = 1, kPlain = 2, kBitShuffle = 4, kNoSplit = 0x10 };

struct Frame {
  Bytes bytes;
  unsigned flags = 0;
  std::size_t element = 1;
  std::size_t size = 0;
  std::size_t block = 0;
  Inner inner{};
};

/// The part of a block that a read needs, relative to the start of the block.
struct Part {
  std::size_t begin;
  std::size_t end;
};

/// Undoes the byte or bit shuffle of a block. Writes only the elements that overlap `part`.
void unshuffle(const Frame& frame, Bytes in, MutableBytes out, Part part) {
  const std::size_t elements = in.size() / frame.element;
  const std::size_t whole = elements * frame.element;
  const bool bits = (frame.flags & kByteShuffle) == 0;
  // The encoder does not bit-shuffle blocks whose number of elements is not a multiple of 8.
  if (bits && elements % 8 != 0) {
    std::memcpy(out.data() + part.begin, in.data() + part.begin, part.end - part.begin);
    return;
  }
  const std::size_t step = bits ? 8 : 1;
  const std::size_t first = std::min(part.begin / frame.element / step * step, elements);
  const std::size_t last = std::min((part.end + frame.element * step - 1) / frame.element / step * step, elements);
  if (first < last) {
    std::byte* to = out.data() + first * frame.element;
    if (bits) {
      bit_unshuffle_part(in.data() + first / 8, elements / 8, to, frame.element, last - first);
    } else {
      unshuffle_bytes_part(in.data() + first, elements, to, frame.element, last - first);
    }
  }
  if (part.end > whole) std::memcpy(out.data() + whole, in.data() + whole, in.size() - whole);
}

/// Decodes the block at offset `at` of the frame.
bool decode_block(const Frame& frame, std::size_t at, MutableBytes out, Part part, CodecScratch& scratch) {
  if (at < kHeaderBytes || at > frame.bytes.size()) return false;
  ByteReader reader(frame.bytes.subspan(at));
  const bool shuffled = ((frame.flags & kByteShuffle) != 0 && frame.element > 1) ||
                        ((frame.flags & (kByteShuffle | kBitShuffle)) == kBitShuffle && out.size() >= frame.element);
  MutableBytes to = out;
  if (shuffled) {
    to = scratch.take(2, out.size());
    if (to.size() != out.size()) return false;
  }
  const bool split = (frame.flags & kNoSplit) == 0 && out.size() == frame.block && frame.element <= kMaxSplits &&
                     frame.block / frame.element >= kMinSplitBytes;
  const std::size_t streams = split ? frame.element : 1;
  if (out.size() % streams != 0) return false;
  const std::size_t stream_size = out.size() / streams;
  for (std::size_t i = 0; i < streams; ++i) {
    const Bytes stored = reader.take(reader.le<std::uint32_t>());
    if (!reader.ok()) return false;
    const MutableBytes stream = to.subspan(i * stream_size, stream_size);
    const std::size_t prefix = shuffled || streams > 1 ? stream_size : part.end;
    if (stored.size() == stream_size) {
      std::memcpy(stream.data(), stored.data(), stream_size);
    } else if (!decode_stream(frame.inner, stored, stream, prefix)) {
      return false;
    }
  }
  if (shuffled) unshuffle(frame, to, out, part);
  return true;
}

enum class Shuffle : unsigned { none = 0, bytes = 1, bits = 2 };

/// Parameters of the encoder.
struct Encoding {
  Inner inner = Inner::lz4;
  int level = 5;  // 0 means no compression.
  Shuffle shuffle = Shuffle::bytes;
  std::size_t element = 1;
  std::size_t block = 0;  // Block size in bytes; if it is 0, the encoder chooses one.
};

constexpr std::size_t kMaxFrameInput = 0x7FFFFFFF - kHeaderBytes;
/// Default block size. A block and its shuffled copy fit into an L2 cache.
constexpr std::size_t kDefaultBlock = std::size_t{256} * 1024;

/// Returns the maximum encoded size of `size` bytes; 0 if there is no encoder for `inner`.
std::size_t stream_limit(Inner inner, std::size_t size) {
  switch (inner) {
    case Inner::lz4:
      return lz4_limit(size);
    case Inner::zlib:
      return deflate_limit(size);
    case Inner::zstd:
      return zstd_limit(size);
    case Inner::blosclz:
    case Inner::snappy:
      return 0;
  }
  return 0;
}

/// Encodes a stream. \returns its length; 0 if it could not be encoded.
std::size_t encode_stream(const Encoding& encoding, Bytes in, MutableBytes out) {
  switch (encoding.inner) {
    case Inner::lz4:
      return lz4_encode(in, out);
    case Inner::zlib:
      return deflate(in, out, DeflateWrapper::zlib, encoding.level);
    case Inner::zstd:
      // Maps the levels of Blosc (1 to 9) to those of libzstd (1 to 22), as c-blosc does.
      return zstd_encode(in, out, encoding.level == 9 ? kMaxZstdLevel : 2 * encoding.level - 1, false).value_or(0);
    case Inner::blosclz:
    case Inner::snappy:
      return 0;
  }
  return 0;
}

/// Shuffles a block. \returns false if the block must be stored without shuffle.
bool shuffle_block(const Encoding& encoding, Bytes in, MutableBytes out) {
  const std::size_t elements = in.size() / encoding.element;
  const std::size_t whole = elements * encoding.element;
  if (encoding.shuffle == Shuffle::none || (encoding.shuffle == Shuffle::bytes && encoding.element == 1)) return false;
  if (encoding.shuffle == Shuffle::bits && (elements % 8 != 0 || elements == 0)) return false;
  if (encoding.shuffle == Shuffle::bytes) {
    shuffle_bytes(in.data(), out.data(), encoding.element, elements);
  } else {
    bit_shuffle(in.data(), out.data(), encoding.element, elements);
  }
  if (in.size() > whole) std::memcpy(out.data() + whole, in.data() + whole, in.size() - whole);
  return true;
}

std::size_t choose_block(const Encoding& encoding, std::size_t size) {
  const std::size_t unit = encoding.element * 8;
  const std::size_t wanted = encoding.block != 0 ? encoding.block : kDefaultBlock;
  return std::min(std::max(wanted / unit, std::size_t{1}) * unit, std::max(size, std::size_t{1}));
}

void write_header(const Encoding& encoding, MutableBytes out, unsigned flags, std::size_t size, std::size_t block,
                  std::size_t stored) {
  constexpr unsigned kFrameVersion = 2;
  constexpr unsigned kInnerVersion = 1;
  out[0] = static_cast<std::byte>(kFrameVersion);
  out[1] = static_cast<std::byte>(kInnerVersion);
  out[2] = static_cast<std::byte>(flags | static_cast<unsigned>(encoding.inner) << 5U);
  out[3] = static_cast<std::byte>(encoding.element);
  store_le(out.data() + 4, static_cast<std::uint32_t>(size));
  store_le(out.data() + 8, static_cast<std::uint32_t>(block));
  store_le(out.data() + 12, static_cast<std::uint32_t>(stored));
}

unsigned shuffle_flag(const Encoding& encoding) {
  if (encoding.shuffle == Shuffle::bytes) return kByteShuffle;
  return encoding.shuffle == Shuffle::bits ? static_cast<unsigned>(kBitShuffle) : 0U;
}

/// Encodes the blocks of a frame, each as one stream, and writes them after the header. \returns the length of the
/// frame; 0 if it would be longer than an uncompressed frame, or if there is no memory.
std::size_t encode_blocks(const Encoding& encoding, const EncodeStep& step, std::size_t block) {
  const std::size_t size = step.in.size();
  const std::size_t blocks = (size - 1) / block + 1;
  const std::size_t limit = stream_limit(encoding.inner, block);
  const MutableBytes shuffled = step.scratch.take(2, block);
  const MutableBytes stream = step.scratch.take(3, limit);
  if (shuffled.size() != block || stream.size() != limit || limit == 0) return 0;
  std::size_t at = kHeaderBytes + 4 * blocks;
  for (std::size_t b = 0; b < blocks; ++b) {
    Bytes in = step.in.subspan(b * block, std::min(block, size - b * block));
    if (shuffle_block(encoding, in, shuffled)) in = Bytes(shuffled).first(in.size());
    const std::size_t length = encode_stream(encoding, in, stream);
    const Bytes stored = length == 0 || length >= in.size() ? in : Bytes(stream).first(length);
    if (at + 4 + stored.size() > size + kHeaderBytes) return 0;
    store_le(step.out.data() + kHeaderBytes + 4 * b, static_cast<std::uint32_t>(at));
    store_le(step.out.data() + at, static_cast<std::uint32_t>(stored.size()));
    std::memcpy(step.out.data() + at + 4, stored.data(), stored.size());
    at += 4 + stored.size();
  }
  return at;
}

class BloscDecoder final : public Decoder {
 public:
  explicit BloscDecoder(std::optional<Encoding> encoding) : encoding_(encoding) {}

  [[nodiscard]] const char* name() const override { return "blosc"; }
  [[nodiscard]] bool can_decode_ranges() const override { return true; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    auto parsed = parse(step);
    if (!parsed) return std::move(parsed).error();
    const Frame& frame = *parsed;
    const MutableBytes out = step.out.first(frame.size);
    const std::size_t end = std::min(step.needed.end, frame.size);
    if (step.needed.begin >= end) return Bytes(out);
    if ((frame.flags & kPlain) != 0) {
      if (frame.bytes.size() - kHeaderBytes < frame.size) {
        return codec_error(name(), "expected " + std::to_string(frame.size) + " plain bytes, found " +
                                       std::to_string(frame.bytes.size() - kHeaderBytes));
      }
      return frame.bytes.subspan(kHeaderBytes, frame.size);
    }
    const std::size_t blocks = (frame.size - 1) / frame.block + 1;
    if (blocks > (frame.bytes.size() - kHeaderBytes) / 4) {
      return codec_error(name(),
                         "expected offsets of " + std::to_string(blocks) + " blocks, found the end of the frame");
    }
    for (std::size_t b = step.needed.begin / frame.block; b * frame.block < end; ++b) {
      const std::size_t at = b * frame.block;
      const std::size_t size = std::min(frame.block, frame.size - at);
      const Part part{step.needed.begin > at ? step.needed.begin - at : 0, std::min(size, end - at)};
      const auto start = load_le<std::uint32_t>(frame.bytes.data() + kHeaderBytes + 4 * b);
      if (!decode_block(frame, start, out.subspan(at, size), part, step.scratch)) {
        return codec_error(name(), "block " + std::to_string(b) + " is damaged: it does not decode to " +
                                       std::to_string(size) + " bytes");
      }
    }
    return Bytes(out);
  }

  [[nodiscard]] bool can_encode() const override {
    return encoding_ && is_built_in(encoding_->inner) && stream_limit(encoding_->inner, 1) != 0;
  }
  [[nodiscard]] std::size_t encoded_limit(std::size_t size) const override {
    const std::size_t block = encoding_ ? choose_block(*encoding_, size) : 1;
    return saturating_add(size, kHeaderBytes + 4 * (size / block + 1));
  }
  [[nodiscard]] Result<Bytes> encode(const EncodeStep& step) const override {
    const std::size_t size = step.in.size();
    if (!can_encode() || size > kMaxFrameInput) return codec_error(name(), "cannot encode this chunk");
    const std::size_t block = choose_block(*encoding_, size);
    const std::size_t length = size == 0 || encoding_->level == 0 ? 0 : encode_blocks(*encoding_, step, block);
    if (length != 0) {
      write_header(*encoding_, step.out, shuffle_flag(*encoding_) | kNoSplit, size, block, length);
      return Bytes(step.out.first(length));
    }
    write_header(*encoding_, step.out, shuffle_flag(*encoding_) | kPlain | kNoSplit, size, block, size + kHeaderBytes);
    if (size != 0) std::memcpy(step.out.data() + kHeaderBytes, step.in.data(), size);
    return Bytes(step.out.first(size + kHeaderBytes));
  }

 private:
  [[nodiscard]] Result<Frame> parse(const Step& step) const {
    ByteReader reader(step.in);
    const auto version = reader.le<std::uint8_t>();
    reader.take(1);
    Frame frame;
    frame.flags = reader.le<std::uint8_t>();
    frame.element = reader.le<std::uint8_t>();
    frame.size = reader.le<std::uint32_t>();
    frame.block = reader.le<std::uint32_t>();
    const std::size_t stored = reader.le<std::uint32_t>();
    if (!reader.ok()) return codec_error(name(), "expected a 16-byte header, found a shorter chunk");
    if (version > 2) {
      return unsupported_error(name(), "expected a Blosc-1 frame (version 1 or 2), found version " +
                                           std::to_string(version) + ", which is Blosc-2");
    }
    if (step.exact ? frame.size != step.out.size() : frame.size > step.out.size()) {
      return size_error(name(), step.out.size(), frame.size);
    }
    if (stored < kHeaderBytes || stored > step.in.size()) {
      return codec_error(
          name(), "expected a frame of " + std::to_string(stored) + " bytes, found " + std::to_string(step.in.size()));
    }
    frame.bytes = step.in.first(stored);
    if (frame.size == 0 || (frame.flags & kPlain) != 0) return frame;
    if (frame.element == 0 || frame.block == 0) {
      return codec_error(name(), "expected an element size and a block size above 0");
    }
    frame.inner = static_cast<Inner>(frame.flags >> 5U);
    if (frame.flags >> 5U > 4) {
      return unsupported_error(name(), "unknown inner codec " + std::to_string(frame.flags >> 5U));
    }
    if (!is_built_in(frame.inner)) {
      constexpr const char* kNames[] = {"blosclz", "lz4", "snappy", "zlib", "zstd"};
      return unsupported_error(name(), std::string("this build has no ") + kNames[frame.flags >> 5U]);
    }
    return frame;
  }

  std::optional<Encoding> encoding_;
};

}  // namespace

Result<DecoderPtr> make_blosc(Params params) {
  if (params.empty()) return DecoderPtr(std::make_unique<BloscDecoder>(std::nullopt));
  constexpr std::uint64_t kLimits[] = {4, 9, 2, 255, kMaxFrameInput};
  std::uint64_t values[5] = {};
  for (std::size_t i = 0; i < 5; ++i) {
    const auto p = whole_param("blosc", params, i, i == 3 ? 1 : 0, kLimits[i]);
    if (!p) return p.error();
    values[i] = *p;
  }
  return DecoderPtr(std::make_unique<BloscDecoder>(
      Encoding{static_cast<Inner>(values[0]), static_cast<int>(values[1]), static_cast<Shuffle>(values[2]),
               static_cast<std::size_t>(values[3]), static_cast<std::size_t>(values[4])}));
}

}  // namespace posixpar::codecs
