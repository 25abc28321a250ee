// Blosc-1 frames, as written by HDF5 filter 32001, Zarr and numcodecs.
//
// A frame begins with a 16-byte header (u8 version, u8 version of the inner codec, u8 flags, u8 element size, u32
// decoded size, u32 block size, u32 stored size) and the u32 offsets of its blocks. Blocks are independent. A block
// consists of one stream or, if split, of one stream per byte of an element. A stream is an i32 length and its bytes;
// it is uncompressed if the length equals the decoded size. Source: README_CHUNK_FORMAT of c-blosc 1.x.
#include <algorithm>

#include "native/codecs/blosclz.h"
#include "native/codecs/bytes.h"
#include "native/codecs/inflate.h"
#include "native/codecs/lz4.h"
#include "native/codecs/registry.h"
#include "native/codecs/snappy.h"
#include "native/codecs/zstd.h"
#include "native/kernels/shuffle.h"

namespace posixpar::codecs {
namespace {

constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kMaxSplits = 16;
constexpr std::size_t kMinSplitBytes = 128;

enum Flags : unsigned { kByteShuffle = 1, kPlain = 2, kBitShuffle = 4, kNoSplit = 0x10 };

enum class Inner : unsigned { blosclz = 0, lz4 = 1, snappy = 2, zlib = 3, zstd = 4 };

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

bool is_built_in(Inner inner) {
  switch (inner) {
    case Inner::lz4:
      return kHasLz4;
    case Inner::zlib:
      return kHasInflate;
    case Inner::zstd:
      return kHasZstd;
    case Inner::blosclz:
    case Inner::snappy:
      return true;
  }
  return false;
}

bool decode_stream(Inner inner, Bytes in, MutableBytes out, std::size_t prefix) {
  switch (inner) {
    case Inner::blosclz:
      return blosclz_decode(in, out);
    case Inner::lz4:
      return lz4_decode_prefix(in, out, prefix);
    case Inner::snappy:
      return snappy_decode(in, out);
    case Inner::zlib:
      return inflate_exact(in, out);
    case Inner::zstd:
      return zstd_decode(in, out) == out.size();
  }
  return false;
}

/// Undoes the shuffle of `in` for the elements that overlap `part`.
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

class BloscDecoder final : public Decoder {
 public:
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
};

}  // namespace

Result<DecoderPtr> make_blosc(Params) { return DecoderPtr(std::make_unique<BloscDecoder>()); }

}  // namespace posixpar::codecs
