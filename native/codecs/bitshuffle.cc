// HDF5 filter 32008 (bitshuffle), alone or with LZ4 or zstd compression of each block.
//
// Without compression, the chunk consists of shuffled blocks of `block` elements; the last block may be shorter, but
// has a multiple of 8 elements. With compression, it consists of a u64 BE decoded size, a u32 BE block size in bytes,
// then a u32 BE length and the compressed bytes of each block. In both forms, fewer than 8 remaining elements are
// stored last, unshuffled. Source: bshuf_h5filter.c and bitshuffle.c.
#include <algorithm>

#include "native/codecs/bytes.h"
#include "native/codecs/lz4.h"
#include "native/codecs/registry.h"
#include "native/codecs/zstd.h"
#include "native/kernels/shuffle.h"

namespace posixpar::codecs {
namespace {

/// Returns the default block size of the bitshuffle library in elements: about 8 KiB, a multiple of 8, at least 128.
std::size_t default_block(std::size_t width) { return std::max<std::size_t>(8192 / width / 8 * 8, 128); }

class BitshuffleDecoder final : public Decoder {
 public:
  enum class Inner : std::uint8_t { none = 0, lz4 = 2, zstd = 3 };

  BitshuffleDecoder(std::size_t width, std::size_t block, Inner inner)
      : width_(width), block_(block == 0 ? default_block(width) : block), inner_(inner) {}

  [[nodiscard]] const char* name() const override { return "bitshuffle"; }
  [[nodiscard]] bool can_decode_ranges() const override { return true; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    return inner_ == Inner::none ? decoded : Decoder::stored_size(decoded);
  }
  [[nodiscard]] Needed stored_needed(Needed needed, std::size_t decoded_size) const override {
    if (inner_ != Inner::none) return kEverything;
    const std::size_t bytes = block_ * width_;
    const std::size_t begin = needed.begin / bytes * bytes;
    return {begin, std::min(decoded_size, saturating_add(needed.end, bytes - 1) / bytes * bytes)};
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    ByteReader reader(step.in);
    std::uint64_t size = step.in.size();
    std::size_t block_bytes = block_ * width_;
    if (inner_ != Inner::none) {
      size = reader.be<std::uint64_t>();
      block_bytes = reader.be<std::uint32_t>();
      if (!reader.ok()) return codec_error(name(), "expected a 12-byte header, found a shorter chunk");
      if (block_bytes == 0 || block_bytes % (8 * width_) != 0) {
        return codec_error(name(), "expected a block size that is a multiple of 8 elements of " +
                                       std::to_string(width_) + " bytes, found " + std::to_string(block_bytes));
      }
    }
    if (step.exact ? size != step.out.size() : size > step.out.size()) {
      return size_error(name(), step.out.size(), static_cast<std::size_t>(size));
    }
    return blocks(step, reader, step.out.first(static_cast<std::size_t>(size)), block_bytes);
  }

 private:
  [[nodiscard]] Result<Bytes> blocks(const Step& step, ByteReader& reader, MutableBytes out,
                                     std::size_t block_bytes) const {
    const std::size_t shuffled = out.size() / (8 * width_) * (8 * width_);
    const std::size_t end = std::min(step.needed.end, out.size());
    for (std::size_t at = 0; at < std::min(shuffled, end); at += block_bytes) {
      const MutableBytes block = out.subspan(at, std::min(block_bytes, shuffled - at));
      const Bytes stored = reader.take(inner_ == Inner::none ? block.size() : reader.be<std::uint32_t>());
      if (!reader.ok()) return damaged(at, "exceeds the chunk");
      if (at + block.size() <= step.needed.begin) continue;
      Bytes planes = stored;
      if (inner_ != Inner::none) {
        const MutableBytes decoded = step.scratch.take(2, block.size());
        if (decoded.size() != block.size()) return damaged(at, "cannot be decoded: out of memory");
        const auto n = inner_ == Inner::lz4 ? lz4_decode(stored, decoded) : zstd_decode(stored, decoded);
        if (n != block.size()) return damaged(at, "is damaged");
        planes = decoded;
      }
      bit_unshuffle(planes.data(), block.data(), width_, block.size() / width_);
    }
    if (end > shuffled) {
      const Bytes plain = reader.take(out.size() - shuffled);
      if (!reader.ok()) return damaged(shuffled, "exceeds the chunk");
      std::ranges::copy(plain, out.begin() + static_cast<std::ptrdiff_t>(shuffled));
    }
    return Bytes(out);
  }

  [[nodiscard]] Error damaged(std::size_t at, const char* what) const {
    return codec_error(name(), "block at decoded byte " + std::to_string(at) + " " + what);
  }

  std::size_t width_;
  std::size_t block_;
  Inner inner_;
};

}  // namespace

Result<DecoderPtr> make_bitshuffle_hdf5(Params params) {
  constexpr const char* kName = "bitshuffle";
  const auto width = whole_param(kName, params, 0, 1, 65536);
  if (!width) return width.error();
  const auto block = whole_param(kName, params, 1, 0, std::uint64_t{1} << 31);
  if (!block) return block.error();
  const auto inner = whole_param(kName, params, 2, 0, 3);
  if (!inner) return inner.error();
  if (*block % 8 != 0) return parameter_error(kName, "expected a block of a multiple of 8 elements");
  if (*inner == 1) return parameter_error(kName, "expected the compressor 0 (none), 2 (lz4) or 3 (zstd), found 1");
  if (*inner == 2 && !kHasLz4) return unsupported_error(kName, "this build has no liblz4");
  if (*inner == 3 && !kHasZstd) return unsupported_error(kName, "this build has no libzstd");
  return DecoderPtr(std::make_unique<BitshuffleDecoder>(static_cast<std::size_t>(*width),
                                                        static_cast<std::size_t>(*block),
                                                        static_cast<BitshuffleDecoder::Inner>(*inner)));
}

}  // namespace posixpar::codecs
