// The fixedscaleoffset codec of numcodecs: computes stored / scale + offset with NumPy's rules, in the stored type if
// it is a floating-point type, else in double, and casts the result.
#include <algorithm>
#include <cmath>

#include "native/codecs/bytes.h"
#include "native/codecs/elements.h"
#include "native/kernels/half.h"

namespace posixpar::codecs {
namespace {

float round_to_half(float v) { return half_to_float(half_from_double(double{v})); }

class FixedScaleOffsetDecoder final : public ElementDecoder {
 public:
  FixedScaleOffsetDecoder(const ElementPair& pair, double scale, double offset)
      : ElementDecoder(pair), scale_(scale), offset_(offset) {}
  [[nodiscard]] const char* name() const override { return "fixedscaleoffset"; }
  [[nodiscard]] bool can_decode_ranges() const override { return true; }

 protected:
  [[nodiscard]] Status run(Bytes in, MutableBytes out, std::size_t first, std::size_t last) const override {
    constexpr std::size_t kLine = 512;
    double line[kLine];
    auto* bytes = reinterpret_cast<std::byte*>(line);
    for (std::size_t at = first; at < last; at += kLine) {
      const std::size_t count = std::min(kLine, last - at);
      POSIXPAR_RETURN_IF_ERROR(
          cast(in.data() + at * pair_.stored_width(), pair_.stored, pair_.stored_big, bytes, DType::float64, count));
      compute(std::span(line).first(count));
      POSIXPAR_RETURN_IF_ERROR(
          cast(bytes, DType::float64, false, out.data() + at * pair_.decoded_width(), pair_.decoded, count));
    }
    finish(out, first, last);
    return {};
  }

 private:
  void compute(std::span<double> values) const {
    if (pair_.stored == DType::float32) {
      const auto scale = static_cast<float>(scale_);
      const auto offset = static_cast<float>(offset_);
      for (double& v : values) v = double{static_cast<float>(v) / scale + offset};
    } else if (pair_.stored == DType::float16) {
      const float scale = round_to_half(static_cast<float>(scale_));
      const float offset = round_to_half(static_cast<float>(offset_));
      for (double& v : values) v = double{round_to_half(round_to_half(static_cast<float>(v) / scale) + offset)};
    } else {
      for (double& v : values) v = v / scale_ + offset_;
    }
  }

  double scale_;
  double offset_;
};

}  // namespace

Result<DecoderPtr> make_fixed_scale_offset(Params params) {
  constexpr const char* kName = "fixedscaleoffset";
  auto pair = element_pair(kName, params);
  if (!pair) return std::move(pair).error();
  if (params.size() < 6 || !std::isfinite(params[4]) || !std::isfinite(params[5]) || params[4] == 0) {
    return parameter_error(kName, "expected a finite scale other than 0 and a finite offset");
  }
  if (is_complex(pair->stored)) return unsupported_error(kName, "complex numbers");
  return DecoderPtr(std::make_unique<FixedScaleOffsetDecoder>(*pair, params[4], params[5]));
}

}  // namespace posixpar::codecs
