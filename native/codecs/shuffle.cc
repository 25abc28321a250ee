// The byte shuffle of HDF5 (filter 2) and numcodecs.
#include "native/kernels/shuffle.h"

#include <algorithm>
#include <cstring>

#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

class ShuffleDecoder final : public Decoder {
 public:
  explicit ShuffleDecoder(std::size_t width) : width_(width) {}

  [[nodiscard]] const char* name() const override { return "shuffle"; }
  [[nodiscard]] bool can_decode_ranges() const override { return true; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override { return decoded; }

  [[nodiscard]] Needed stored_needed(Needed needed, std::size_t decoded_size) const override {
    const std::size_t elements = decoded_size / width_;
    const std::size_t whole = elements * width_;
    if (elements < 2 || needed.end > whole || needed.begin >= whole) return {0, needed.end};
    // Byte plane j has byte j of every element. The range begins with the first needed element in the first plane, and
    // ends with the last one in the last plane.
    return {needed.begin / width_, (width_ - 1) * elements + (needed.end - 1) / width_ + 1};
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    const std::size_t size = step.in.size();
    if (step.exact ? size != step.out.size() : size > step.out.size()) {
      return size_error(name(), step.out.size(), size);
    }
    if (width_ == 1) return step.in;
    const std::size_t elements = size / width_;
    const std::size_t whole = elements * width_;
    const std::size_t first = std::min(step.needed.begin / width_, elements);
    const std::size_t last = step.needed.end >= whole ? elements : (step.needed.end + width_ - 1) / width_;
    if (first < last) {
      unshuffle_bytes_part(step.in.data() + first, elements, step.out.data() + first * width_, width_, last - first);
    }
    // Bytes that do not fill an element are stored last, unshuffled.
    if (size > whole) std::memcpy(step.out.data() + whole, step.in.data() + whole, size - whole);
    return Bytes(step.out.first(size));
  }

  [[nodiscard]] bool can_encode() const override { return true; }
  [[nodiscard]] Result<Bytes> encode(const EncodeStep& step) const override {
    if (width_ == 1) return step.in;
    const std::size_t size = step.in.size();
    const std::size_t elements = size / width_;
    const std::size_t whole = elements * width_;
    shuffle_bytes(step.in.data(), step.out.data(), width_, elements);
    if (size > whole) std::memcpy(step.out.data() + whole, step.in.data() + whole, size - whole);
    return Bytes(step.out.first(size));
  }

 private:
  std::size_t width_;
};

}  // namespace

Result<DecoderPtr> make_shuffle(Params params) {
  const auto width = whole_param("shuffle", params, 0, 1, std::uint64_t{1} << 32);
  if (!width) return width.error();
  return DecoderPtr(std::make_unique<ShuffleDecoder>(static_cast<std::size_t>(*width)));
}

}  // namespace posixpar::codecs
