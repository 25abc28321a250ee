#pragma once
/// \file Converting a line of contiguous elements in machine byte order from one type to another.
#include <array>
#include <cstddef>
#include <cstdint>

#include "native/base/result.h"
#include "native/kernels/isa.h"
#include "native/kernels/scatter.h"

namespace posixpar {

/// A conversion with its steps chosen once.
///
/// What always fits takes one step. The rest goes through a wide type (int64, uint64 or float64) in a buffer that stays
/// in the L1 cache: widen, then transform in float64 (scaling), then narrow with a check. So there are few loops rather
/// than one per pair of types, and a further transform is one more step.
class LineConverter {
 public:
  /// The most elements of one call.
  static constexpr std::size_t kMaxElements = 1024;

  /// \returns the converter, or `invalid` for complex to real or real to complex, or scaled or decoded complex.
  static Result<LineConverter> make(const Conversion& conversion, Isa isa);

  /// Converts `count` <= kMaxElements elements from `in` to `out`, which do not overlap and need no alignment.
  /// \returns `conversion` naming the first value that does not fit.
  Status operator()(const std::byte* in, std::byte* out, std::size_t count) const;

  using Step = void (*)(const std::byte* in, std::byte* out, std::size_t count);
  using CheckedStep = bool (*)(const std::byte* in, std::byte* out, std::size_t count);
  using ScaleStep = void (*)(const std::byte* in, std::byte* out, std::size_t count, double scale, double offset);
  using DecodeStep = void (*)(const std::byte* in, std::byte* out, std::size_t count, const Decoding& decoding);

 private:
  explicit LineConverter(const Conversion& conversion) : conversion_(conversion) {}
  [[nodiscard]] Error overflow_error(const std::byte* wide, std::size_t count) const;

  Conversion conversion_;
  std::size_t parts_ = 1;        ///< Numbers per element: 2 for complex.
  DType wide_ = DType::float64;  ///< What `narrow_` reads.
  Step widen_ = nullptr;         ///< From the source to the wide type, or, without `narrow_`, to the target.
  ScaleStep scale_ = nullptr;
  DecodeStep decode_ = nullptr;  ///< At most one of scale_ and decode_.
  CheckedStep narrow_ = nullptr;
};

}  // namespace posixpar
