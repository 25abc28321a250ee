#include "native/exec/run/io_ranges.h"

#include <algorithm>
#include <utility>

namespace posixpar {

std::optional<std::size_t> IoRanges::next(std::size_t owner, std::size_t limit) {
  Range& own = ranges_[owner];
  if (own.left(limit) == 0) {
    if (unowned_.left(limit) > 0) {
      own = std::exchange(unowned_, Range{});
    } else {
      const auto longest = std::max_element(ranges_.begin(), ranges_.end(), [limit](const Range& a, const Range& b) {
        return a.left(limit) < b.left(limit);
      });
      const std::size_t left = longest->left(limit);
      if (left == 0) return std::nullopt;
      // Takes the second half of the longest range. If the range has only one task, takes this task, because the owner
      // of the range is still busy with an earlier one.
      const std::size_t from = longest->next + left / 2;
      own = {from, longest->next + left};
      longest->end = from;
    }
  }
  return own.next++;
}

}  // namespace posixpar
