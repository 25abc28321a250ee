#pragma once
/// \file Converts a line of contiguous elements in native byte order from one type to another.
#include <array>
#include <cstddef>
#include <cstdint>

#include "native/base/result.h"
#include "native/kernels/isa.h"
#include "native/kernels/scatter.h"

namespace posixpar {

/// A conversion. make() selects the loops, which then convert any number of lines.
///
/// A conversion that cannot overflow and neither scales nor decodes is one step. The others have up to three steps:
/// they convert values to a wide type (int64, uint64 or float64), scale or decode them in float64, and convert them to
/// the target type according to the overflow mode. The buffers between the steps fit into the L1 cache. So there is a
/// loop per type and step, instead of a loop per pair of types.
class LineConverter {
 public:
  /// Maximum number of elements per call.
  static constexpr std::size_t kMaxElements = 1024;

  /// Selects the loops for `conversion`.
  /// \returns an error of kind `invalid` for conversions between real and complex types, for scaling or decoding of
  /// complex values, for unknown types, and if the types are equal and nothing is scaled or decoded.
  static Result<LineConverter> make(const Conversion& conversion, Isa isa);

  /// Converts `count` <= kMaxElements elements from `in` to `out`, which do not overlap and need no alignment.
  /// \returns an error of kind `conversion` that names the first value that does not fit.
  Status operator()(const std::byte* in, std::byte* out, std::size_t count) const;

  using Step = void (*)(const std::byte* in, std::byte* out, std::size_t count);
  using CheckedStep = bool (*)(const std::byte* in, std::byte* out, std::size_t count);
  using ScaleStep = void (*)(const std::byte* in, std::byte* out, std::size_t count, double scale, double offset);
  using DecodeStep = void (*)(const std::byte* in, std::byte* out, std::size_t count, const Decoding& decoding);

 private:
  explicit LineConverter(const Conversion& conversion) : conversion_(conversion) {}
  [[nodiscard]] Error overflow_error(const std::byte* wide, std::size_t count) const;

  Conversion conversion_;
  std::size_t parts_ = 1;        ///< Numbers per element; 2 for complex types.
  DType wide_ = DType::float64;  ///< Type of the input of `narrow_`.
  Step widen_ = nullptr;         ///< Converts to the wide type, or to the target type if `narrow_` is null.
  ScaleStep scale_ = nullptr;
  DecodeStep decode_ = nullptr;  ///< Null if scale_ is set.
  CheckedStep narrow_ = nullptr;
};

}  // namespace posixpar
