// Blocks of N5. A block begins with a u16 mode, the u16 number of dimensions and the u32 size of each dimension, all
// big-endian. The elements follow, compressed as one stream; the first dimension is the fastest. A block at the upper
// edge of an array may be smaller than the others. A decoded block always has the full size: elements that are not
// stored are zero. Source: the file-system specification of N5.
#include <algorithm>
#include <cstring>
#include <vector>

#include "native/base/generated/limits.h"
#include "native/codecs/bytes.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

constexpr const char* kName = "n5";
constexpr std::uint16_t kDefaultMode = 0;
constexpr std::uint16_t kVariableMode = 1;
constexpr std::uint64_t kMaxBlockBytes = 0x7FFFFFFF;

/// Shape of a block, fastest dimension first.
using Shape = std::vector<std::size_t>;

/// Moves the elements of a block of shape `from`, which are at the start of `bytes`, to their positions in a block of
/// shape `to`, and zeroes all other bytes of the block. No size in `from` exceeds that in `to`.
void spread(MutableBytes bytes, const Shape& from, const Shape& to, std::size_t element) {
  // Dimensions in which both shapes agree, and the one after them, form a contiguous run.
  std::size_t run = element;
  std::size_t d = 0;
  while (d < from.size() && from[d] == to[d]) run *= from[d++];
  std::size_t pitch = run;
  if (d < from.size()) {
    run *= from[d];
    pitch *= to[d];
    ++d;
  }
  std::size_t runs = 1;
  for (std::size_t i = d; i < from.size(); ++i) runs *= from[i];
  // A run never moves towards the start, so moving the last run first does not overwrite runs that are not moved yet.
  std::size_t end = bytes.size();
  for (std::size_t r = runs; r-- > 0;) {
    std::size_t target = 0;
    std::size_t stride = pitch;
    for (std::size_t i = d, rest = r; i < from.size(); ++i) {
      target += rest % from[i] * stride;
      rest /= from[i];
      stride *= to[i];
    }
    std::memset(bytes.data() + target + run, 0, end - target - run);
    if (target != r * run) std::memmove(bytes.data() + target, bytes.data() + r * run, run);
    end = target;
  }
}

class N5BlockDecoder final : public Decoder {
 public:
  N5BlockDecoder(std::size_t element, Shape shape, DecoderPtr payload)
      : element_(element), shape_(std::move(shape)), payload_(std::move(payload)) {}

  [[nodiscard]] const char* name() const override { return kName; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    const std::size_t payload = payload_ ? payload_->stored_size(decoded).bytes : decoded.bytes;
    return {saturating_add(payload, header_bytes()), false};
  }
  [[nodiscard]] std::size_t own_scratch(std::size_t decoded) const override {
    return payload_ ? payload_->own_scratch(decoded) : 0;
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    ByteReader reader(step.in);
    const auto mode = reader.be<std::uint16_t>();
    const auto rank = reader.be<std::uint16_t>();
    if (!reader.ok()) return codec_error(kName, "expected the header of a block, found a shorter chunk");
    if (mode == kVariableMode) return unsupported_error(kName, "blocks of elements of variable length (mode 1)");
    if (mode != kDefaultMode) return unsupported_error(kName, "blocks of mode " + std::to_string(mode));
    if (rank != shape_.size()) {
      return codec_error(
          kName, "expected a block of " + std::to_string(shape_.size()) + " dimensions, found " + std::to_string(rank));
    }
    Shape stored(rank);
    std::size_t size = element_;
    for (std::size_t d = 0; d < rank; ++d) {
      stored[d] = reader.be<std::uint32_t>();
      if (stored[d] > shape_[d]) {
        return codec_error(kName, "expected a block of at most " + std::to_string(shape_[d]) +
                                      " elements in dimension " + std::to_string(d) + ", found " +
                                      std::to_string(stored[d]));
      }
      size *= stored[d];  // Cannot overflow: no larger than the full block.
    }
    if (!reader.ok()) return codec_error(kName, "expected the header of a block, found a shorter chunk");
    if (!step.exact || step.out.size() != full_size()) return size_error(kName, full_size(), step.out.size());
    const bool is_whole = size == step.out.size();
    const Needed needed = is_whole ? step.needed : Needed{0, size};
    auto decoded = decode_payload(step, reader.rest(), step.out.first(size), needed);
    if (!decoded || is_whole) return decoded;
    if (decoded->data() != step.out.data() && size != 0) std::memmove(step.out.data(), decoded->data(), size);
    if (size == 0) {
      std::memset(step.out.data(), 0, step.out.size());
    } else {
      spread(step.out, stored, shape_, element_);
    }
    return Bytes(step.out);
  }

 private:
  [[nodiscard]] std::size_t header_bytes() const { return 4 + 4 * shape_.size(); }
  [[nodiscard]] std::size_t full_size() const {
    std::size_t size = element_;
    for (const std::size_t extent : shape_) size *= extent;
    return size;
  }

  /// Decodes the elements that are stored, which have the size of `out`.
  [[nodiscard]] Result<Bytes> decode_payload(const Step& step, Bytes stored, MutableBytes out, Needed needed) const {
    if (payload_) {
      if (out.empty()) return Bytes(out);
      return payload_->decode(Step{stored, out, true, needed, 0, step.scratch});
    }
    if (stored.size() < out.size()) return size_error(kName, out.size(), stored.size());
    return stored.first(out.size());
  }

  std::size_t element_;
  Shape shape_;
  DecoderPtr payload_;
};

}  // namespace

Result<DecoderPtr> make_n5_block(Params params) {
  const auto element = whole_param(kName, params, 0, 1, 16);
  if (!element) return element.error();
  const auto rank = whole_param(kName, params, 1, 1, kMaxRank);
  if (!rank) return rank.error();
  Shape shape;
  std::uint64_t size = *element;
  for (std::size_t d = 0; d < *rank; ++d) {
    const auto extent = whole_param(kName, params, 2 + d, 1, kMaxBlockBytes);
    if (!extent) return extent.error();
    shape.push_back(static_cast<std::size_t>(*extent));
    size *= *extent;
    if (size > kMaxBlockBytes) return parameter_error(kName, "expected a block of less than 2 GiB");
  }
  const std::size_t next = 2 + shape.size();
  const auto id = whole_param(kName, params, next, 0, 255);
  if (!id) return id.error();
  const auto codec = static_cast<CodecId>(*id);
  if (codec == CodecId::n5_block) return parameter_error(kName, "a block inside a block");
  if (*id == 0) return DecoderPtr(std::make_unique<N5BlockDecoder>(*element, std::move(shape), nullptr));
  const Params rest = params.subspan(next + 1);
  auto payload = make_decoder(CodecSpec{codec, {rest.begin(), rest.end()}});
  if (!payload) return std::move(payload).error();
  return DecoderPtr(std::make_unique<N5BlockDecoder>(*element, std::move(shape), std::move(*payload)));
}

}  // namespace posixpar::codecs
