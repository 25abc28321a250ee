// Contiguous frames of Blosc2 with one chunk, as HDF5 filter 32026 stores them.
//
// A frame begins with a header in msgpack, whose integers are big-endian: the length of the header, the size of the
// frame, of its decoded bytes and of its chunks, and named metalayers. The chunk follows, then a chunk with the offset
// of the chunk: a negative offset stands for zeros or NaN. The metalayer `b2nd` states the shape of an array, and the
// shape of the blocks into which it is divided; blocks at the upper edges are padded. Sources: README_CFRAME_FORMAT and
// README_B2ND_METALAYER of c-blosc2.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "native/codecs/blosc2_chunk.h"
#include "native/codecs/bytes.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

using blosc2::Chunk;
using blosc2::Content;

constexpr const char* kName = "blosc2";
constexpr std::size_t kMaxRank = 16;
constexpr char kMagic[] = "b2frame";

/// Position of the metalayers in the header of a frame.
constexpr std::size_t kMetalayersAt = 0x57;

Error damaged(const std::string& why) { return codec_error(kName, "the frame is damaged: " + why); }

/// Shape of an array, and of the blocks into which it is divided; both in elements, slowest dimension first.
struct Blocks {
  std::vector<std::size_t> shape;
  std::vector<std::size_t> block;
};

struct Frame {
  std::size_t size = 0;  ///< Decoded bytes, with the padding of blocks.
  Chunk chunk;
  Blocks blocks;  ///< Empty if the elements have no shape.
};

/// Reads a big-endian msgpack integer whose type has the code `code`.
template <typename T>
T msgpack(ByteReader& reader, std::uint8_t code, bool& ok) {
  ok = ok && reader.le<std::uint8_t>() == code;
  const T value = reader.be<T>();
  ok = ok && reader.ok();
  return value;
}

/// Parses the metalayer `b2nd`.
Result<Blocks> parse_shape(Bytes frame, std::size_t at) {
  if (at > frame.size()) return damaged("the metalayer b2nd is outside of it");
  ByteReader reader(frame.subspan(at));
  bool ok = true;
  msgpack<std::uint32_t>(reader, 0xC6, ok);
  reader.take(2);
  const std::size_t rank = reader.le<std::uint8_t>();
  if (!ok || !reader.ok() || rank == 0 || rank > kMaxRank) return damaged("the metalayer b2nd has no shape");
  Blocks blocks;
  const auto list = static_cast<std::uint8_t>(0x90U + rank);
  // A list of 16 sizes has a code of its own, and the number of sizes in two bytes.
  const auto skip_list = [&] {
    ok = ok && reader.le<std::uint8_t>() == (rank < 16 ? list : 0xDC);
    if (rank >= 16) reader.take(2);
  };
  skip_list();
  for (std::size_t d = 0; d < rank; ++d) blocks.shape.push_back(msgpack<std::uint64_t>(reader, 0xD3, ok));
  skip_list();
  for (std::size_t d = 0; d < rank; ++d) {
    // A frame of HDF5 contains one chunk, so both shapes are the same.
    ok = ok && msgpack<std::uint32_t>(reader, 0xD2, ok) == blocks.shape[d];
  }
  skip_list();
  for (std::size_t d = 0; d < rank; ++d) {
    blocks.block.push_back(msgpack<std::uint32_t>(reader, 0xD2, ok));
    ok = ok && blocks.block[d] > 0 && blocks.block[d] <= 0x7FFFFFFF;
  }
  if (!ok) return damaged("the metalayer b2nd has no valid shapes");
  return blocks;
}

/// Finds the metalayer `b2nd`. \returns its offset in the frame; 0 if there is none.
Result<std::size_t> find_shape(Bytes header) {
  ByteReader reader(header.subspan(kMetalayersAt));
  bool ok = reader.le<std::uint8_t>() == 0x93;
  msgpack<std::uint16_t>(reader, 0xCD, ok);
  const std::size_t count = msgpack<std::uint16_t>(reader, 0xDE, ok);
  for (std::size_t i = 0; i < count && ok; ++i) {
    const unsigned code = reader.le<std::uint8_t>();
    const Bytes name = reader.take(code & 0x1FU);
    ok = (code & 0xE0U) == 0xA0;
    const std::size_t at = msgpack<std::uint32_t>(reader, 0xD2, ok);
    if (ok && name.size() == 4 && std::memcmp(name.data(), "b2nd", 4) == 0) return at;
  }
  if (!ok) return damaged("its list of metalayers is not valid");
  return std::size_t{0};
}

/// Returns the chunk of a frame whose only chunk is not stored, from the chunk with the offsets.
Result<Chunk> special_chunk(Bytes index, std::size_t size, std::size_t element, CodecScratch& scratch) {
  const auto offsets = blosc2::parse_chunk(index);
  if (!offsets) return offsets.error();
  std::array<std::byte, 8> bytes{};
  if (offsets->size != bytes.size() || offsets->blocks() != 1 || offsets->has_delta() ||
      !blosc2::decode_block(*offsets, 0, bytes, {}, scratch)) {
    return damaged("it has no offset of a chunk");
  }
  const unsigned special = static_cast<unsigned>(bytes[7]);
  Chunk chunk;
  chunk.size = size;
  chunk.block = std::max<std::size_t>(size, 1);
  chunk.element = element;
  // 1 stands for zeros, 2 for NaN, 4 for elements that were not set.
  if (special == 0x81 || special == 0x84) {
    chunk.content = Content::zeros;
  } else if (special == 0x82 && (element == 4 || element == 8)) {
    chunk.content = Content::nans;
  } else {
    return damaged("its chunk is missing");
  }
  return chunk;
}

Result<Frame> parse_frame(const Step& step) {
  const Bytes in = step.in;
  ByteReader reader(in);
  reader.take(2);
  const Bytes magic = reader.take(sizeof kMagic);
  bool ok = reader.ok() && std::memcmp(magic.data(), kMagic, sizeof kMagic) == 0;
  const std::size_t header = msgpack<std::uint32_t>(reader, 0xD2, ok);
  const std::uint64_t total = msgpack<std::uint64_t>(reader, 0xCF, ok);
  reader.take(5);
  const std::uint64_t decoded = msgpack<std::uint64_t>(reader, 0xD3, ok);
  const std::uint64_t stored = msgpack<std::uint64_t>(reader, 0xD3, ok);
  const std::size_t element = msgpack<std::uint32_t>(reader, 0xD2, ok);
  if (!ok) return damaged("it does not begin with the header of a frame");
  if (header < kMetalayersAt || header > total || total > in.size() || stored > total - header) {
    return damaged("the sizes in its header do not fit " + std::to_string(in.size()) + " bytes");
  }
  if (decoded > 0x7FFFFFFF || element == 0 || element > 0xFF) return damaged("its decoded size is not valid");
  const auto at = find_shape(in.first(header));
  if (!at) return at.error();
  Frame frame;
  frame.size = static_cast<std::size_t>(decoded);
  if (*at != 0) {
    auto blocks = parse_shape(in.first(header), *at);
    if (!blocks) return std::move(blocks).error();
    frame.blocks = std::move(*blocks);
  }
  const Bytes chunks = in.subspan(header, static_cast<std::size_t>(total) - header);
  auto chunk = stored == 0 ? special_chunk(chunks, frame.size, element, step.scratch)
                           : blosc2::parse_chunk(chunks.first(static_cast<std::size_t>(stored)));
  if (!chunk) return std::move(chunk).error();
  frame.chunk = *chunk;
  if (frame.chunk.size != frame.size) return unsupported_error(kName, "frames of several chunks");
  return frame;
}

/// One block of an array: its bounds, clipped to the array, in elements.
struct Bounds {
  std::array<std::size_t, kMaxRank> start;
  std::array<std::size_t, kMaxRank> size;
};

/// Returns the bounds of the block `index`, which is in row-major order of the blocks.
Bounds bounds_of(const Blocks& blocks, std::size_t index) {
  Bounds bounds{};
  for (std::size_t d = blocks.shape.size(); d-- > 0;) {
    const std::size_t count = (blocks.shape[d] + blocks.block[d] - 1) / blocks.block[d];
    bounds.start[d] = index % count * blocks.block[d];
    bounds.size[d] = std::min(blocks.block[d], blocks.shape[d] - bounds.start[d]);
    index /= count;
  }
  return bounds;
}

class Blosc2Decoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return kName; }
  [[nodiscard]] bool can_decode_ranges() const override { return true; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    const auto frame = parse_frame(step);
    if (!frame) return frame.error();
    if (!frame->blocks.shape.empty()) return decode_array(*frame, step);
    const Chunk& chunk = frame->chunk;
    if (step.exact ? chunk.size != step.out.size() : chunk.size > step.out.size()) {
      return size_error(kName, step.out.size(), chunk.size);
    }
    const MutableBytes out = step.out.first(chunk.size);
    const std::size_t end = std::min(step.needed.end, chunk.size);
    Bytes first;
    for (std::size_t b = 0; b < chunk.blocks() && b * chunk.block < end; ++b) {
      // The first block is also needed to undo the delta filter.
      if ((b + 1) * chunk.block <= step.needed.begin && (b != 0 || !chunk.has_delta())) continue;
      const MutableBytes block = out.subspan(b * chunk.block, chunk.size_of_block(b));
      if (!blosc2::decode_block(chunk, b, block, first, step.scratch)) return bad_block(b);
      if (b == 0 && chunk.has_delta()) first = block;
    }
    return Bytes(out);
  }

 private:
  [[nodiscard]] static Error bad_block(std::size_t b) {
    return codec_error(kName, "block " + std::to_string(b) + " is damaged, or there is no memory for it");
  }

  /// Decodes the blocks of an array, and moves their rows to their positions in the array.
  [[nodiscard]] Result<Bytes> decode_array(const Frame& frame, const Step& step) const {
    const auto& [shape, block] = frame.blocks;
    const Chunk& chunk = frame.chunk;
    const std::size_t rank = shape.size();
    // Sizes are limited by the decoded size of the frame, so that products cannot overflow.
    std::size_t elements = 1;
    std::size_t padded = 1;
    std::size_t in_block = 1;
    for (std::size_t d = 0; d < rank; ++d) {
      if (shape[d] == 0 || shape[d] > frame.size) return damaged("the shape does not fit its size");
      const std::size_t count = (shape[d] + block[d] - 1) / block[d];
      elements *= shape[d];
      padded *= count * block[d];
      in_block *= block[d];
      if (padded > frame.size) return damaged("the shape does not fit its size");
    }
    if (padded * chunk.element != frame.size) return damaged("the shape does not fit its size");
    const std::size_t size = elements * chunk.element;
    if (step.exact ? size != step.out.size() : size > step.out.size()) return size_error(kName, step.out.size(), size);
    if (chunk.content == Content::blocks || chunk.content == Content::plain) {
      if (chunk.block != in_block * chunk.element) return damaged("its blocks have another size than the shape says");
    }
    const std::size_t bytes = in_block * chunk.element;
    const MutableBytes memory = step.scratch.take(3, chunk.has_delta() ? 2 * bytes : bytes);
    if (memory.size() < bytes) return bad_block(0);
    const MutableBytes decoded = memory.first(bytes);
    const MutableBytes first = memory.subspan(bytes);
    for (std::size_t b = 0; b < padded / in_block; ++b) {
      const Bounds bounds = bounds_of(frame.blocks, b);
      if (!is_needed(bounds, frame, step) && (b != 0 || !chunk.has_delta())) continue;
      if (chunk.content == Content::blocks || chunk.content == Content::plain) {
        const Bytes reference = b == 0 ? Bytes() : Bytes(first);
        if (!blosc2::decode_block(chunk, b, decoded, reference, step.scratch)) return bad_block(b);
      } else if (!blosc2::decode_block(chunk, 0, decoded, {}, step.scratch)) {
        return bad_block(b);
      }
      if (b == 0 && !first.empty()) std::memcpy(first.data(), decoded.data(), bytes);
      place(decoded, bounds, frame, step.out);
    }
    return Bytes(step.out.first(size));
  }

  /// Returns the offset in bytes of an element of the array.
  static std::size_t offset_of(const Frame& frame, const std::array<std::size_t, kMaxRank>& position) {
    std::size_t offset = 0;
    for (std::size_t d = 0; d < frame.blocks.shape.size(); ++d) offset = offset * frame.blocks.shape[d] + position[d];
    return offset * frame.chunk.element;
  }

  /// Returns true if the range of bytes from the first to the last element of a block contains bytes that are needed.
  static bool is_needed(const Bounds& bounds, const Frame& frame, const Step& step) {
    auto last = bounds.start;
    for (std::size_t d = 0; d < frame.blocks.shape.size(); ++d) last[d] += bounds.size[d] - 1;
    return offset_of(frame, bounds.start) < step.needed.end &&
           offset_of(frame, last) + frame.chunk.element > step.needed.begin;
  }

  /// Copies the rows of a decoded block to the array.
  static void place(Bytes decoded, const Bounds& bounds, const Frame& frame, MutableBytes out) {
    const auto& block = frame.blocks.block;
    const std::size_t rank = block.size();
    const std::size_t row = bounds.size[rank - 1] * frame.chunk.element;
    std::size_t rows = 1;
    for (std::size_t d = 0; d + 1 < rank; ++d) rows *= bounds.size[d];
    for (std::size_t r = 0; r < rows; ++r) {
      auto position = bounds.start;
      std::size_t from = 0;
      std::size_t stride = block[rank - 1];
      for (std::size_t d = rank - 1, rest = r; d-- > 0;) {
        const std::size_t at = rest % bounds.size[d];
        rest /= bounds.size[d];
        position[d] += at;
        from += at * stride;
        stride *= block[d];
      }
      std::memcpy(out.data() + offset_of(frame, position), decoded.data() + from * frame.chunk.element, row);
    }
  }
};

}  // namespace

Result<DecoderPtr> make_blosc2(Params) { return DecoderPtr(std::make_unique<Blosc2Decoder>()); }

}  // namespace posixpar::codecs
