// The delta codec of numcodecs: stores the first element, then the difference of each element to its predecessor. Sums
// are computed in the decoded type.
#include "native/codecs/bytes.h"
#include "native/codecs/elements.h"
#include "native/kernels/half.h"

namespace posixpar::codecs {
namespace {

template <typename T>
void sum_up(std::byte* p, std::size_t count) {
  T sum{};
  for (std::size_t i = 0; i < count; ++i, p += sizeof(T)) {
    sum = static_cast<T>(sum + load_le<T>(p));
    store_le(p, sum);
  }
}

void sum_up_halves(std::byte* p, std::size_t count) {
  Half sum;
  for (std::size_t i = 0; i < count; ++i, p += sizeof(Half)) {
    // A sum of two float16 values is exact in double, so it is rounded only once.
    sum = half_from_double(double{half_to_float(sum)} + double{half_to_float(load_le<Half>(p))});
    store_le(p, sum);
  }
}

/// Sums real and imaginary parts separately.
template <typename T>
void sum_up_pairs(std::byte* p, std::size_t count) {
  T sums[2] = {};
  for (std::size_t i = 0; i < 2 * count; ++i, p += sizeof(T)) {
    sums[i % 2] += load_le<T>(p);
    store_le(p, sums[i % 2]);
  }
}

class DeltaDecoder final : public ElementDecoder {
 public:
  using ElementDecoder::ElementDecoder;
  [[nodiscard]] const char* name() const override { return "delta"; }

  /// Needs all elements from the first one on, because decoding computes a running sum.
  [[nodiscard]] Needed stored_needed(Needed needed, std::size_t size) const override {
    return {0, ElementDecoder::stored_needed(needed, size).end};
  }

 protected:
  [[nodiscard]] Status run(Bytes in, MutableBytes out, std::size_t, std::size_t last) const override {
    POSIXPAR_RETURN_IF_ERROR(cast(in.data(), pair_.stored, pair_.stored_big, out.data(), pair_.decoded, last));
    sum(out.data(), last);
    finish(out, 0, last);
    return {};
  }

 private:
  void sum(std::byte* p, std::size_t count) const {
    switch (pair_.decoded) {
      case DType::bool8:
      case DType::int8:
      case DType::uint8:
        return sum_up<std::uint8_t>(p, count);
      case DType::int16:
      case DType::uint16:
        return sum_up<std::uint16_t>(p, count);
      case DType::int32:
      case DType::uint32:
        return sum_up<std::uint32_t>(p, count);
      case DType::int64:
      case DType::uint64:
        return sum_up<std::uint64_t>(p, count);
      case DType::float16:
        return sum_up_halves(p, count);
      case DType::float32:
        return sum_up<float>(p, count);
      case DType::float64:
        return sum_up<double>(p, count);
      case DType::complex64:
        return sum_up_pairs<float>(p, count);
      case DType::complex128:
        return sum_up_pairs<double>(p, count);
    }
  }
};

}  // namespace

Result<DecoderPtr> make_delta(Params params) {
  auto pair = element_pair("delta", params);
  if (!pair) return std::move(pair).error();
  if (pair->decoded == DType::bool8) return unsupported_error("delta", "delta of booleans");
  return DecoderPtr(std::make_unique<DeltaDecoder>(*pair));
}

}  // namespace posixpar::codecs
