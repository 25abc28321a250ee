#pragma once
/// \file Sinks that count elements: per bin of a histogram, or per value of some bits of their keys.
#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <type_traits>

#include "native/kernels/reduce/sinks.h"

namespace posixpar::reduce_detail {

/// Counts elements per bin. An element is in the last bin whose lower edge is not greater. The last bin also contains
/// its upper edge. 64-bit integers are rounded to the nearest double first.
template <typename T>
class HistogramSink {
 public:
  HistogramSink(std::uint64_t* state, const ReduceSpec& spec)
      : state_(state), edges_(spec.edges.data()), last_bin_(spec.bins - 1) {
    const double width = upper() - lower();
    if (spec.equal_bins && std::isfinite(width)) scale_ = static_cast<double>(spec.bins) / width;
    if (!std::isfinite(scale_)) scale_ = 0;
  }

  void add(Wide<T> element) {
    const auto value = static_cast<double>(element);
    count_++;
    if (!(value >= lower())) {
      (std::isnan(value) ? nan_ : below_)++;
    } else if (value > upper()) {
      above_++;
    } else {
      state_[kStateBins + bin_of(value)]++;
    }
  }

  void flush() {
    state_[kStateCount] += count_;
    state_[kStateNan] += nan_;
    state_[kStateBelow] += below_;
    state_[kStateAbove] += above_;
  }

 private:
  [[nodiscard]] double lower() const { return edges_[0]; }
  [[nodiscard]] double upper() const { return edges_[last_bin_ + 1]; }

  /// True if `bin` contains `value`, which is between the first and the last edge.
  [[nodiscard]] bool contains(std::uint64_t bin, double value) const {
    return value >= edges_[bin] && (bin == last_bin_ || value < edges_[bin + 1]);
  }

  [[nodiscard]] std::uint64_t bin_of(double value) const {
    if (scale_ > 0) {
      // Rounding errors may give a neighbour of the right bin.
      const auto guess = std::min(static_cast<std::uint64_t>((value - lower()) * scale_), last_bin_);
      if (contains(guess, value)) return guess;
      if (guess > 0 && contains(guess - 1, value)) return guess - 1;
      if (guess < last_bin_ && contains(guess + 1, value)) return guess + 1;
    }
    const double* next = std::upper_bound(edges_, edges_ + last_bin_ + 2, value);
    return std::min(static_cast<std::uint64_t>(next - edges_) - 1, last_bin_);
  }

  std::uint64_t* state_;
  const double* edges_;
  std::uint64_t last_bin_;
  double scale_ = 0;  ///< Bins per unit; 0 if the width of the bins varies, or if it is not finite or too small.
  std::uint64_t count_ = 0;
  std::uint64_t nan_ = 0;
  std::uint64_t below_ = 0;
  std::uint64_t above_ = 0;
};

/// Returns a key with as many bits as T. Keys have the same order as their values; -0 is less than +0.
template <typename T>
[[nodiscard]] std::uint64_t digit_key(Wide<T> value) {
  if constexpr (std::same_as<T, double>) {
    return order_key(value);
  } else if constexpr (std::same_as<T, float>) {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
    return (bits >> 31) != 0 ? static_cast<std::uint32_t>(~bits) : bits | 0x80000000U;
  } else if constexpr (std::same_as<T, Half>) {
    const std::uint16_t bits = half_from_double(value).bits;
    return (bits >> 15) != 0 ? static_cast<std::uint16_t>(~bits) : bits | 0x8000U;
  } else if constexpr (std::is_signed_v<T>) {
    constexpr auto kHalf = std::uint64_t{1} << (sizeof(T) * 8 - 1);
    return static_cast<std::make_unsigned_t<T>>(value) ^ kHalf;
  } else {
    return value;
  }
}

/// Counts elements per digit. A digit is a range of bits of a key. Counts only elements whose bits above the digit are
/// one of the prefixes.
template <typename T>
class DigitSink {
 public:
  DigitSink(std::uint64_t* state, const ReduceSpec& spec)
      : state_(state),
        prefixes_(spec.prefixes.data()),
        prefix_count_(spec.prefixes.size()),
        bits_(spec.digit_bits),
        shift_(spec.digit_shift),
        all_(spec.digit_bits + spec.digit_shift >= 64) {}

  void add(Wide<T> value) {
    count_++;
    if constexpr (std::same_as<Wide<T>, double>) {
      if (std::isnan(value)) {
        nan_++;
        return;
      }
    }
    const std::uint64_t shifted = digit_key<T>(value) >> shift_;
    const std::uint64_t prefix = all_ ? 0 : shifted >> bits_;
    const std::uint64_t* found = prefixes_;
    if (prefix_count_ > 1) {
      found = std::lower_bound(prefixes_, prefixes_ + prefix_count_, prefix);
      if (found == prefixes_ + prefix_count_) return;
    }
    if (*found != prefix) return;
    const std::uint64_t digit = shifted & ((std::uint64_t{1} << bits_) - 1);
    state_[kStateBins + (static_cast<std::uint64_t>(found - prefixes_) << bits_) + digit]++;
  }

  void flush() {
    state_[kStateCount] += count_;
    state_[kStateNan] += nan_;
  }

 private:
  std::uint64_t* state_;
  const std::uint64_t* prefixes_;
  std::size_t prefix_count_;
  unsigned bits_;
  unsigned shift_;
  bool all_;  ///< True if there are no bits above the digit.
  std::uint64_t count_ = 0;
  std::uint64_t nan_ = 0;
};

}  // namespace posixpar::reduce_detail
