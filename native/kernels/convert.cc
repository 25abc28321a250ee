#include "native/kernels/convert.h"

#include <charconv>
#include <string>

#include "native/kernels/box.h"
#include "native/kernels/convert_variants.h"

namespace posixpar {
namespace {

using convert_detail::convert_kernels;
using convert_detail::ConvertKernels;
using convert_detail::Element;
using convert_detail::kRealCount;

/// Returns the type of the real and imaginary parts of a complex type; other types unchanged.
DType part_of(DType type) {
  if (type == DType::complex64) return DType::float32;
  if (type == DType::complex128) return DType::float64;
  return type;
}

/// Returns the wide type, in which values are checked against the range of `to`: int64 or uint64 for integers, which
/// represent every value; float64 for floats, and for scaled or decoded values. It is also float64 if integers are
/// converted to float16. Rounding an int64 to float64 is harmless there: a value that is too large for float16 stays
/// too large.
DType wide_type(DType from, DType to, bool scaled) {
  if (scaled || from >= DType::float16 || to == DType::float16) return DType::float64;
  return from == DType::uint64 ? DType::uint64 : DType::int64;
}

template <typename Wide>
std::string text_of(const std::byte* at) {
  std::array<char, 64> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), Element<Wide>::load(at));
  return {text.data(), result.ptr};
}

struct ScalarTarget {
  template <typename From, typename To>
  static void fits(const std::byte* in, std::byte* out, std::size_t count) {
    convert_detail::fits_loop<From, To>(in, out, count);
  }
  template <typename Wide, typename To, Overflow kOverflow>
  static bool narrow(const std::byte* in, std::byte* out, std::size_t count) {
    if constexpr (std::same_as<To, Half>) {
      for (std::size_t i = 0; i < count; ++i) {
        convert_detail::store(out + 2 * i, half_from_double(Element<double>::load(in + 8 * i)));
      }
      return convert_detail::check_half_loop<kOverflow>(in, out, count);
    } else {
      return convert_detail::narrow_loop<Wide, To, kOverflow>(in, out, count);
    }
  }
  static void scale(const std::byte* in, std::byte* out, std::size_t count, double scale, double offset) {
    convert_detail::scale_loop(in, out, count, scale, offset);
  }
  template <typename Work>
  static void decode(const std::byte* in, std::byte* out, std::size_t count, const Decoding& decoding) {
    convert_detail::decode_loop<Work>(in, out, count, decoding);
  }
  static void mask(const std::byte* in, std::byte* out, std::size_t count, const Decoding& decoding) {
    convert_detail::mask_loop(in, out, count, decoding);
  }
};

}  // namespace

namespace convert_detail {

const ConvertKernels& convert_kernels(Isa isa) {
  static constexpr ConvertKernels kScalar = TableBuilder<ScalarTarget>::build();
#if defined(__x86_64__)
  if (isa == Isa::avx2) return convert_kernels_avx2();
#else
  (void)isa;
#endif
  return kScalar;
}

}  // namespace convert_detail

Result<LineConverter> LineConverter::make(const Conversion& conversion, Isa isa) {
  const auto code = [](DType type) { return static_cast<std::size_t>(type); };
  if (code(conversion.from) >= kDTypeCount || code(conversion.to) >= kDTypeCount ||
      static_cast<std::size_t>(conversion.overflow) > static_cast<std::size_t>(Overflow::wrap)) {
    return kernel_error(ErrorKind::invalid, "convert", "expected known element types and overflow mode");
  }
  const bool in_double = conversion.scaled || conversion.decoding != nullptr;
  const bool from_complex = code(conversion.from) >= kRealCount;
  const bool to_complex = code(conversion.to) >= kRealCount;
  if (from_complex != to_complex || (from_complex && in_double)) {
    return kernel_error(ErrorKind::invalid, "convert",
                        std::string("no conversion from ") + std::string(name_of(conversion.from)) + " to " +
                            std::string(name_of(conversion.to)) + (in_double ? " with scale and offset" : ""));
  }
  LineConverter out(conversion);
  out.parts_ = from_complex ? 2 : 1;
  const DType from = part_of(conversion.from);
  const DType to = part_of(conversion.to);
  if (from == to && !in_double) {
    return kernel_error(ErrorKind::invalid, "convert", "expected two different types, or scaling");
  }
  const ConvertKernels& kernels = convert_kernels(isa);
  const LineConverter::Step direct = kernels.fits[code(from)][code(to)];
  if (direct != nullptr && !in_double) {
    out.widen_ = direct;
    return out;
  }
  out.wide_ = wide_type(from, to, in_double);
  out.widen_ = kernels.fits[code(from)][code(out.wide_)];  // Null if `from` is the wide type.
  if (conversion.decoding != nullptr) {
    out.decode_ = conversion.part == DecodedPart::mask ? kernels.mask
                  : conversion.decoding->single        ? kernels.decode_single
                                                       : kernels.decode;
  } else if (conversion.scaled) {
    out.scale_ = kernels.scale;
  }
  const auto mode = static_cast<std::size_t>(conversion.overflow);
  const auto& narrow = out.wide_ == DType::int64    ? kernels.narrow_int64
                       : out.wide_ == DType::uint64 ? kernels.narrow_uint64
                                                    : kernels.narrow_float64;
  out.narrow_ = narrow[mode][code(to)];  // Null if `to` is the wide type.
  return out;
}

Error LineConverter::overflow_error(const std::byte* wide, std::size_t count) const {
  std::size_t i = 0;
  std::array<std::byte, 16> sink{};
  while (i + 1 < count && narrow_(wide + 8 * i, sink.data(), 1)) ++i;
  const std::byte* at = wide + 8 * i;
  const std::string value = wide_ == DType::int64    ? text_of<std::int64_t>(at)
                            : wide_ == DType::uint64 ? text_of<std::uint64_t>(at)
                                                     : text_of<double>(at);
  return kernel_error(ErrorKind::conversion, "convert",
                      "value " + value + " (stored as " + std::string(name_of(conversion_.from)) +
                          (scale_ != nullptr || decode_ != nullptr ? ", after scale and offset" : "") +
                          ") does not fit " + std::string(name_of(conversion_.to)));
}

Status LineConverter::operator()(const std::byte* in, std::byte* out, std::size_t count) const {
  alignas(64) std::array<std::byte, kMaxElements * sizeof(double)> widened;
  alignas(64) std::array<std::byte, kMaxElements * sizeof(double)> scaled;
  // For complex numbers, this may be more than kMaxElements, the size of the buffers. But they do not use the buffers.
  count *= parts_;
  const std::byte* at = in;
  if (widen_ != nullptr) {
    std::byte* to = scale_ != nullptr || decode_ != nullptr || narrow_ != nullptr ? widened.data() : out;
    widen_(at, to, count);
    at = to;
  }
  if (scale_ != nullptr) {
    std::byte* to = narrow_ != nullptr ? scaled.data() : out;
    scale_(at, to, count, conversion_.scale, conversion_.offset);
    at = to;
  }
  if (decode_ != nullptr) {
    std::byte* to = narrow_ != nullptr ? scaled.data() : out;
    decode_(at, to, count, *conversion_.decoding);
    at = to;
  }
  if (narrow_ != nullptr && !narrow_(at, out, count)) return overflow_error(at, count);
  return {};
}

}  // namespace posixpar
