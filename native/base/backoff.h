#pragma once
/// \file Decides how often to attempt something that may fail again: the more failures in a row, the less often.
#include <algorithm>

namespace posixpar {

/// Counts the occasions on which an attempt could be made. After the first failure, skips 1 of them; after further
/// failures in a row 2, 4, ... up to `max`. After a success, skips none.
class Backoff {
 public:
  /// \param max  maximum number of occasions that are skipped after one failure; a power of two.
  explicit Backoff(unsigned max) : max_(max) {}

  /// True if the attempt should be made on this occasion. Then call note() with its outcome.
  bool should_try() {
    if (skips_ == 0) return true;
    skips_--;
    return false;
  }
  void note(bool succeeded) {
    skips_ = succeeded ? 0 : next_skips_;
    next_skips_ = succeeded ? 1 : std::min(2 * next_skips_, max_);
  }

 private:
  unsigned max_;
  unsigned skips_ = 0;
  unsigned next_skips_ = 1;
};

}  // namespace posixpar
