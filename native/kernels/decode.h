#pragma once
/// \file Decodes stored values by the CF and NUG conventions: missing values, valid ranges, packing.
#include <limits>
#include <vector>

namespace posixpar {

/// Describes how stored values are decoded: `value = stored * scale + offset`, computed in double (see `single`). The
/// value is NaN if `stored` is in `missing`, or if `stored` or `value` is outside its valid range.
struct Decoding {
  double scale = 1;
  double offset = -0.0;  ///< Adding minus zero preserves the sign of a zero.
  /// True to round to float32 after each operation, as NumPy does for float32 arrays.
  bool single = false;
  /// True if the mask marks a stored NaN as missing.
  bool nan_is_missing = false;
  std::vector<double> missing{};  ///< Stored values that mean that an element is missing.
  /// Inclusive ranges of the stored and the decoded values.
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  double decoded_low = -std::numeric_limits<double>::infinity();
  double decoded_high = std::numeric_limits<double>::infinity();
};

/// Output of a copy with a Decoding: the decoded values, or a mask of missing elements.
enum class DecodedPart : unsigned char { values, mask };

}  // namespace posixpar
