#pragma once
/// \file Values as conventions say that they are meant (CF, NUG): missing ones, valid ranges, packing.
#include <limits>
#include <vector>

namespace posixpar {

/// What a stored value becomes, computed in double:
/// `value = stored * scale + offset`; NaN where `stored` is one of `missing`, or it or `value` is out of its range.
struct Decoding {
  double scale = 1;
  double offset = -0.0;  ///< Minus zero adds nothing, not even to a minus zero.
  /// Every step is rounded to float32, as arithmetic on float32 arrays does it.
  bool single = false;
  /// For masks: a stored NaN counts as missing.
  bool nan_is_missing = false;
  std::vector<double> missing{};
  /// Ranges of the stored and of the decoded values, inclusive.
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  double decoded_low = -std::numeric_limits<double>::infinity();
  double decoded_high = std::numeric_limits<double>::infinity();
};

/// What a copy with a Decoding writes: the decoded values, or for each element whether it is missing.
enum class DecodedPart : unsigned char { values, mask };

}  // namespace posixpar
