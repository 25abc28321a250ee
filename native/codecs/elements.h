#pragma once
/// \file Base class of the numcodecs codecs that transform single elements: delta, fixedscaleoffset and astype.
#include <optional>

#include "native/base/dtype.h"
#include "native/codecs/registry.h"
#include "native/kernels/scatter.h"

namespace posixpar::codecs {

/// Element types and byte orders of a codec's input and output.
struct ElementPair {
  DType stored = DType::uint8;
  DType decoded = DType::uint8;
  bool stored_big = false;
  bool decoded_big = false;

  [[nodiscard]] std::size_t stored_width() const { return dtype_size(stored); }
  [[nodiscard]] std::size_t decoded_width() const { return dtype_size(decoded); }
};

[[nodiscard]] inline bool is_complex(DType t) { return t == DType::complex64 || t == DType::complex128; }

/// Reads four parameters: stored type, decoded type, stored big-endian, decoded big-endian.
[[nodiscard]] inline Result<ElementPair> element_pair(const char* codec, Params params) {
  std::uint64_t v[4] = {};
  for (std::size_t i = 0; i < 4; ++i) {
    auto p = whole_param(codec, params, i, 0, i < 2 ? kDTypeCount - 1 : 1);
    if (!p) return std::move(p).error();
    v[i] = *p;
  }
  ElementPair e{static_cast<DType>(v[0]), static_cast<DType>(v[1]), v[2] == 1, v[3] == 1};
  if (is_complex(e.stored) != is_complex(e.decoded)) {
    return unsupported_error(codec, "conversion between complex and real numbers");
  }
  return e;
}

/// A codec that decodes element i from stored element i, and possibly from the elements before it.
class ElementDecoder : public Decoder {
 public:
  explicit ElementDecoder(const ElementPair& pair) : pair_(pair) {}

  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    const std::size_t elements = decoded.bytes / pair_.decoded_width();
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(elements, pair_.stored_width(), &bytes)) bytes = std::numeric_limits<std::size_t>::max();
    return {bytes, decoded.exact};
  }
  [[nodiscard]] Needed stored_needed(Needed needed, std::size_t) const override {
    const std::size_t end = needed.end / pair_.decoded_width() + (needed.end % pair_.decoded_width() != 0 ? 1 : 0);
    return {needed.begin / pair_.decoded_width() * pair_.stored_width(), end * pair_.stored_width()};
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    const std::size_t elements = step.in.size() / pair_.stored_width();
    const std::size_t size = elements * pair_.decoded_width();
    if (step.in.size() % pair_.stored_width() != 0) {
      return codec_error(name(), "expected elements of " + std::to_string(pair_.stored_width()) + " bytes, found " +
                                     std::to_string(step.in.size()) + " bytes");
    }
    if (step.exact ? size != step.out.size() : size > step.out.size()) return size_error(name(), step.out.size(), size);
    const std::size_t last =
        step.needed.end >= size ? elements : stored_needed(step.needed, size).end / pair_.stored_width();
    if (auto status = run(step.in, step.out.first(size), step.needed.begin / pair_.decoded_width(), last);
        !status.ok()) {
      return std::move(status).error();
    }
    return Bytes(step.out.first(size));
  }

 protected:
  /// Decodes elements [first, last).
  [[nodiscard]] virtual Status run(Bytes in, MutableBytes out, std::size_t first, std::size_t last) const = 0;

  /// Casts `count` elements to native byte order with the rules of NumPy's astype.
  [[nodiscard]] static Status cast(const std::byte* in, DType from, bool swap, std::byte* out, DType to,
                                   std::size_t count) {
    const CopyDim dim{count, static_cast<std::int64_t>(dtype_size(from)), static_cast<std::int64_t>(dtype_size(to))};
    Conversion conversion;
    conversion.from = from;
    conversion.to = to;
    conversion.swap = swap;
    conversion.overflow = Overflow::wrap;
    return copy_nd(in, out, {&dim, 1}, conversion);
  }

  /// Swaps the bytes of the elements [first, last) if the output of the codec is not in native byte order.
  void finish(MutableBytes out, std::size_t first, std::size_t last) const {
    const std::size_t unit = dtype_swap_size(pair_.decoded);
    if (!pair_.decoded_big || unit == 1) return;
    const std::size_t width = pair_.decoded_width();
    byteswap_in_place(out.data() + first * width, (last - first) * (width / unit), unit);
  }

  ElementPair pair_;
};

}  // namespace posixpar::codecs
